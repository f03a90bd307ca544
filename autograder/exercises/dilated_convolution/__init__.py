"""Lesson 1: the checks of dilated convolution, and all that is known about its exercises."""
