"""From one submission to one verdict, and from many to a class: resumable, on as many processes as there are cores."""

from .batch import grade_class, grade_files
from .worker import Settings

__all__ = ["Settings", "grade_class", "grade_files"]
