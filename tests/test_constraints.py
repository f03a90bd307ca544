"""constraints.txt pins what is installed here, in versions that every Python the course promises can install."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

LINES = (Path(__file__).parents[1] / "constraints.txt").read_text("utf-8").splitlines()
PINS = [Requirement(line) for line in LINES if line and not line.startswith("#")]
OLDEST = "3.11.0"


def complaints(pins: list[Requirement]) -> Iterator[str]:
    """The pins that aren't installed in that version, or that the oldest Python can't install. Those of other systems are left out."""
    for pin in pins:
        try:
            about = metadata(pin.name)
        except PackageNotFoundError:
            continue
        if not pin.specifier.contains(about["Version"]) or not SpecifierSet(about.get("Requires-Python", "")).contains(OLDEST):
            yield f"{pin}: {about['Version']} is installed, for Python {about.get('Requires-Python', 'any')}"


def test_every_promised_python_can_install_the_pinned_versions() -> None:
    assert len(PINS) > 100 and list(complaints(PINS)) == []


def test_another_version_is_seen() -> None:
    assert list(complaints([Requirement("pytest==1.0")]))
