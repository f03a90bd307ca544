"""Starts the warm process: ``python -m ... DESCRIPTOR``, the number of the control socket's file descriptor."""

import socket
import sys

from .warm import main
from .wire import Stream

control = Stream(socket.socket(fileno=int(sys.argv[1])), takes_descriptors=True)
sys.argv[1:] = sys.orig_argv[1:] = []  # the number differs from run to run: code that is graded must not tell how
main(control)
