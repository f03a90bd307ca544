"""Lesson 4: poly decay, the learning rate of mmsegmentation's schedules."""
