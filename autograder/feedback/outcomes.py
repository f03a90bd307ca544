"""How an outcome is shown: one symbol and its words, the same in cards, tables and pages. Decides no outcome."""

from autograder.languages import say, sentence

SYMBOLS = {"correct": "✓", "passed": "✓", "not_attempted": "○", "not_reached": "○", "skipped": "–"}
#: For the outcomes of exercises, checks and submissions that went wrong in any way.
OTHERWISE = "✗"
#: Every outcome there is, as it is read.
WORDS = {"correct": sentence("correct"), "passed": sentence("passed"), "wrong": sentence("wrong"), "failed": sentence("failed"),
         "raised": sentence("raised"), "forbidden": sentence("forbidden"), "timeout": sentence("timeout"), "crashed": sentence("crashed"),
         "out_of_memory": sentence("out of memory"), "not_attempted": sentence("not attempted"), "not_reached": sentence("not reached"),
         "skipped": sentence("skipped"), "graded": sentence("graded"), "unreadable": sentence("unreadable")}


def symbol(outcome: str) -> str:
    """``✓`` for correct, ``○`` for what was not attempted or not reached, ``–`` for skipped, ``✗`` for the rest."""
    return SYMBOLS.get(outcome, OTHERWISE)


def words(outcome: str) -> str:
    """The outcome as an instructor reads it: ``out of memory``."""
    return WORDS.get(outcome, outcome.replace("_", " "))


def shown(outcome: str) -> str:
    """Symbol and words in the learner's language: ``✗ out of memory``."""
    return f"{symbol(outcome)} {say(words(outcome))}"
