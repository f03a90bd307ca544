"""A graded class as JUnit XML, which continuous integration and most dashboards read: a suite for each hand-in, a case for each check.

Format: pytest's xunit2, as its own schema has it (testing/example_scripts/junit-10.xsd); points go into properties of the suite.
"""

from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from autograder.verdicts import CheckResult, ExerciseResult, Result

MAX_TEXT = 4_000


def junit_xml(results: Iterable[Result]) -> str:
    """The whole class as one XML document."""
    root = Element("testsuites", name="atrous")
    for result in results:
        _add_suite(root, result)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_suite(root: Element, result: Result) -> None:
    cases = [(entry, check) for entry in result.exercises for check in entry.checks]
    counts = {kind: sum(_kind(entry, check) == kind for entry, check in cases) for kind in ("failure", "error", "skipped")}
    ungraded = result.outcome != "graded"
    suite = SubElement(root, "testsuite", name=text(f"{result.student}.{result.lesson}"), tests=str(len(cases) + ungraded),
                       failures=str(counts["failure"]), errors=str(counts["error"] + ungraded), skipped=str(counts["skipped"]),
                       time=f"{result.seconds:.3f}")
    properties = SubElement(suite, "properties")
    for name, value in (("points", result.score), ("max_points", result.max_score), ("outcome", result.outcome), ("seed", result.seed)):
        SubElement(properties, "property", name=name, value=text(str(value)))
    for entry, check in cases:
        _add_case(suite, result, entry, check)
    if ungraded:
        case = SubElement(suite, "testcase", classname=text(result.lesson), name="the hand-in can be graded", time="0")
        SubElement(case, "error", message=text(result.outcome)).text = text(result.message)


def _add_case(suite: Element, result: Result, entry: ExerciseResult, check: CheckResult) -> None:
    name = text(f"{check.name}[{check.device}]")
    case = SubElement(suite, "testcase", classname=text(f"{result.lesson}.{entry.name}"), name=name, time="0")
    kind = _kind(entry, check)
    if kind == "skipped":
        SubElement(case, kind, type="pytest.skip", message=text(check.message or check.outcome))
    elif kind:
        SubElement(case, kind, message=text(entry.outcome)).text = text(check.message)


def _kind(entry: ExerciseResult, check: CheckResult) -> str:
    """A wrong value is a failure, a crash or an exception an error; what was not reached is skipped."""
    if check.outcome in ("skipped", "not_reached"):
        return "skipped"
    if check.outcome == "failed":
        return "failure" if entry.outcome in ("wrong", "forbidden") else "error"
    return ""


def text(words: str) -> str:
    """At most ``MAX_TEXT`` characters that XML 1.0 can hold."""
    allowed = (character if character in "\t\n" or (character >= " " and not "\ud800" <= character <= "\udfff" and character < "\ufffe")
               or character > "\uffff" else "�" for character in words[:MAX_TEXT])
    return "".join(allowed)
