"""Lesson 6: the checks of the capstone, what is right, what is often wrong."""
