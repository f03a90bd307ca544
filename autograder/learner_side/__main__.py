"""Starts the warm process: ``python -m ... DESCRIPTOR``, the number of the control socket's file descriptor."""

import socket
import sys

from .warm import main
from .wire import Stream

main(Stream(socket.socket(fileno=int(sys.argv[1])), takes_descriptors=True))
