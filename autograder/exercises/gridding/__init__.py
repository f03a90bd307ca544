"""Lesson 2: the gridding effect."""
