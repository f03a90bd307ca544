"""``python -m autograder``: the command `atrous`."""

from autograder.cli import main

main()
