"""One file for each system that grades go to or come from. None of them knows of another."""
