"""How an outcome is shown: one symbol and its words, the same in cards, tables and pages. Decides no outcome."""

SYMBOLS = {"correct": "✓", "passed": "✓", "not_attempted": "○", "not_reached": "○", "skipped": "–"}
#: For the outcomes of exercises, checks and submissions that went wrong in any way.
OTHERWISE = "✗"


def symbol(outcome: str) -> str:
    """``✓`` for correct, ``○`` for what was not attempted or not reached, ``–`` for skipped, ``✗`` for the rest."""
    return SYMBOLS.get(outcome, OTHERWISE)


def words(outcome: str) -> str:
    """The outcome as it is read: ``out of memory``."""
    return outcome.replace("_", " ")


def shown(outcome: str) -> str:
    """Symbol and words: ``✗ out of memory``."""
    return f"{symbol(outcome)} {words(outcome)}"
