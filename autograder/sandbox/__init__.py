"""Starts, limits and ends the process that holds the learner side, and carries messages to it. Judges nothing."""

from autograder.errors import NoSandbox

from .channel import Channel, Ended, SocketChannel
from .direct import DirectChannel
from .warm import Warm, why_not

__all__ = ["Channel", "DirectChannel", "Ended", "NoSandbox", "SocketChannel", "Warm", "why_not"]
