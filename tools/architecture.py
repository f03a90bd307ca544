"""Draws who knows whom in `autograder`: docs/pictures/architecture.svg, and the table in docs/architecture.md. From the code alone."""

import ast
import re
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
PACKAGE = "autograder"
#: What the table stands between.
START, END = "<!-- rooms: written by tools/architecture.py -->", "<!-- end of rooms -->"
#: Pixels: of a box with its gap, of one letter, of a row, of the margin.
GAP, LETTER, HEIGHT, ROW, MARGIN = 24, 8.2, 30, 74, 24

Rooms = dict[str, set[str]]
Place = tuple[float, float, float]


def layers() -> list[list[str]]:
    """The rooms from top to bottom, as the import rules in pyproject.toml have them."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return [[room.strip() for room in row.split(":")] for rule in rules if rule["type"] == "layers" for row in rule["layers"]]


def imports() -> Rooms:
    """For every room, those that it imports when it runs."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None, exclude_type_checking_imports=True)
    found: Rooms = {room: set() for row in layers() for room in row}
    for module in graph.modules - {PACKAGE}:
        own = module.split(".")[1]
        known = {name.split(".")[1] for name in graph.find_modules_directly_imported_by(module) if name != PACKAGE}
        found[own] |= known - {own}
    return found


def drawn(known: Rooms) -> Iterator[tuple[str, str]]:
    """The arrows that are drawn: none to the last row, which all may use, and none that longer ways say already."""
    ground = set(layers()[-1])
    for room, others in known.items():
        reached = set[str]().union(*(_reach(known, other) for other in others))
        yield from ((room, other) for other in sorted(others - reached - ground))


def _reach(known: Rooms, room: str) -> set[str]:
    return known[room].union(*(_reach(known, other) for other in known[room]))


def svg() -> str:
    """The picture."""
    rows, known = layers(), imports()
    width = max(map(_width, rows)) + 2 * MARGIN
    places = {room: place for number, row in enumerate(rows) for room, place in _places(row, number, width)}
    arrows = [_arrow(places[room], places[other]) for room, other in drawn(known)]
    boxes = [_box(room, place, room in rows[-1]) for room, place in places.items()]
    return "\n".join([*_head(width, len(rows) * ROW), *arrows, *boxes, "</svg>", ""])


def _box_width(room: str) -> float:
    return len(room) * LETTER + 20


def _width(row: list[str]) -> float:
    return sum(map(_box_width, row)) + GAP * (len(row) - 1)


def _places(row: list[str], number: int, width: float) -> Iterator[tuple[str, Place]]:
    x = (width - _width(row)) / 2
    for room in row:
        yield room, (x, MARGIN / 2 + number * ROW, _box_width(room))
        x += _box_width(room) + GAP


def _head(width: float, height: float) -> list[str]:
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" font-family="ui-monospace, monospace" '
            'font-size="13.5">', "<title>The rooms of autograder, and which imports which</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>', f'<rect width="{width:.0f}" height="{height}" fill="#fff"/>']


def _arrow(start: Place, end: Place) -> str:
    x, y, width = start
    from_x, from_y, to_x, to_y = x + width / 2, y + HEIGHT, end[0] + end[2] / 2, end[1]
    bend = (to_y - from_y) / 2 if to_y > from_y else ROW / 2
    way = f"M{from_x:.0f} {from_y:.0f}C{from_x:.0f} {from_y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} {to_x:.0f} {to_y:.0f}"
    return f'<path d="{way}" fill="none" stroke="#555" stroke-width="1.3" marker-end="url(#tip)"/>'


def _box(room: str, place: Place, ground: bool) -> str:
    x, y, width = place
    fill = "#eee" if ground else "#e3eef9"
    return (f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{HEIGHT}" rx="4" fill="{fill}" stroke="#345"/>'
            f'<text x="{x + width / 2:.0f}" y="{y + 20:.0f}" text-anchor="middle" fill="#123">{escape(room)}</text>')


def table() -> str:
    """Every room, what happens in it, and which rooms it imports."""
    known = imports()
    rows = [f"| `{room}` | {_first_line(room)} | {', '.join(sorted(known[room])) or '–'} |" for row in layers() for room in row]
    return "\n".join(["| room | what happens there | imports |", "| --- | --- | --- |", *rows])


def _first_line(room: str) -> str:
    path = ROOT / PACKAGE / room
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].replace("``", "`").replace("|", "\\|")


def page() -> str:
    """docs/architecture.md with the table as it is now; the rest of it is written by hand."""
    return re.sub(rf"(?s){START}.*{END}", lambda _: f"{START}\n\n{table()}\n\n{END}", PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PICTURE.write_text(svg(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
