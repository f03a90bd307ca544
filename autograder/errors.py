"""Errors that several rooms know. Importing this costs nothing."""


class Stopped(Exception):
    """A run can't go on, whatever the next submission is. The text is one line: why, and what to do."""


class NoSandbox(Stopped):
    """There can be no sandbox here. The text is one line: why, and what to do."""
