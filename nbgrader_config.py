"""nbgrader's settings for this course. Grades come from Atrous's sandboxed grader; nbgrader itself runs no learner's code.

nbgrader reads this file three times a command. To run a class from another folder, copy it there.
"""

import sys
from pathlib import Path

c = get_config()  # noqa: F821  nbgrader puts it here
here = Path(__file__).resolve().parent
ours = "autograder.integrations.nbgrader"

# Who grades: names only, so that this part can't fail. A name that can't be found ends the command.
c.Autograde.exporter_class = f"{ours}.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["nbgrader.preprocessors.CheckCellMetadata"]
c.Autograde.autograde_preprocessors = [
    f"{ours}.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Your class: one folder, never in git. nbgrader without this file would run learners' code; it finds none of it here.
c.CourseDirectory.root = str(here)
c.CourseDirectory.course_id = "atrous"
c.CourseDirectory.db_url = f"sqlite:///{here}/class/gradebook.db"
c.CourseDirectory.submitted_directory = "class/submitted"  # class/submitted/<student>/<lesson>/<lesson>.ipynb
c.CourseDirectory.autograded_directory = "class/autograded"
c.CourseDirectory.feedback_directory = "class/feedback"

# Made from solutions/, and made anew each time. Never let release_directory be a folder that anyone works in: nbgrader empties it.
c.CourseDirectory.source_directory = "build/nbgrader/source"
c.CourseDirectory.release_directory = "build/nbgrader/release"
c.CourseDirectory.solution_directory = "build/nbgrader/solution"
c.GenerateAssignment.force = True
c.GenerateFeedback.force = True  # feedback is never older than the grade

# How submissions are graded; also on the command line, such as --SubmissionExporter.jobs=4
# c.SubmissionExporter.jobs = 0             # at once; 0: one a core
# c.SubmissionExporter.seed = 20260901      # instead of the one in atrous.toml
# c.SubmissionExporter.sandbox = "auto"     # auto, bubblewrap, process
# c.SubmissionExporter.device = "auto"      # auto, cpu, cuda

try:
    from autograder.integrations.nbgrader import find_alembic, prepare

    # In a notebook server only where there is a class: a learner's Jupyter reads this file as well.
    if "nbgrader" in sys.argv[0] or (here / "class").is_dir():
        (here / "class").mkdir(exist_ok=True)
        find_alembic()
        prepare(here / "build/nbgrader/source")
except Exception as error:  # after an error in this file nbgrader goes on without any of it
    print(f"nbgrader_config.py: {error}", file=sys.stderr)
