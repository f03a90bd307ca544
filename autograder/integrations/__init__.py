"""One file for each system that grades go to or come from, two for nbgrader. None of the systems knows of another."""
