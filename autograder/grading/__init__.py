"""From one submission to one verdict, and from many to a class: resumable, on as many processes as there are cores."""

from .batch import Settings, grade_class, grade_files, grade_one_file

__all__ = ["Settings", "grade_class", "grade_files", "grade_one_file"]
