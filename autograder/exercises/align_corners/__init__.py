"""Lesson 5: align_corners."""
