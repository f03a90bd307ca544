"""Errors that several rooms know. Importing this costs nothing."""


class NoSandbox(Exception):
    """There can be no sandbox here. The text is one line: why, and what to do."""
