"""A plot in plain text of the workload's cost against the storage that the indexes take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbaudit.advise.advice import CurvePoint
from dbaudit.report.wording import figure_text
from dbaudit.units import size_text

#: With fewer points there is no curve: the costs before and after say it all.
LEAST_POINTS = 3

#: The share of the whole gain at which the title says how many indexes bring it.
_MOST_OF_IT = 0.9

_WIDEST, _LEAST_COLUMNS = 80, 20

# With the title, the axis and its labels the plot is eight lines high.
_ROWS = 5


@dataclass(frozen=True, slots=True)
class Strokes:
    """The characters that a plot is drawn with.

    `corner` ends a level; the step down from it ends at a `point`.
    """

    flat: str
    upright: str
    corner: str
    point: str
    tick: str
    axis: str
    origin: str
    ground: str
    ground_tick: str


#: Box drawing, for a terminal that shows UTF-8.
BOX = Strokes("─", "│", "╮", "●", "┤", "│", "└", "─", "┬")

#: For every other terminal.
ASCII = Strokes("-", "|", ".", "*", "+", "|", "+", "-", "+")


def is_worth_showing(curve: Sequence[CurvePoint]) -> bool:
    """Whether the curve has enough points, takes storage and falls."""
    return (
        len(curve) >= LEAST_POINTS and curve[-1].size_bytes > 0 and curve[0].cost > curve[-1].cost
    )


def curve_title(curve: Sequence[CurvePoint]) -> str:
    """What a falling curve shows, and how few of the indexes bring most of the gain."""
    title = "Cost by storage"
    gain = curve[0].cost - curve[-1].cost
    shares = [(curve[0].cost - point.cost) / gain for point in curve]
    knee = next(number for number, share in enumerate(shares) if share >= _MOST_OF_IT)
    last = len(curve) - 1
    if knee == last:
        return title
    first, bring = ("the first", "brings") if knee == 1 else (f"the first {knee:,}", "bring")
    of_all = f"{first} of {last:,} indexes ({size_text(curve[knee].size_bytes)})"
    return f"{title}: {of_all} {bring} {int(100 * shares[knee])}% of the gain"


def plot(curve: Sequence[CurvePoint], width: int, strokes: Strokes) -> list[str]:
    """A staircase from the cost before to the cost after, seven lines of at most `width` columns.

    It lies as high over a size as the cost that the indexes up to that size leave. The scale of
    sizes is linear and begins at 0, that of costs spans what is gained. Nothing where the curve is
    not worth showing or the width leaves no room for it.
    """
    if not is_worth_showing(curve):
        return []
    first, last = curve[0].cost, curve[-1].cost
    labels = {0: first, _ROWS // 2: (first + last) / 2, _ROWS - 1: last}
    texts = [figure_text(labels[row]) if row in labels else "" for row in range(_ROWS)]
    margin = max(map(len, texts))
    columns = min(width, _WIDEST) - margin - 2
    if columns < _LEAST_COLUMNS:
        return []
    places = [_place(point, curve, columns) for point in curve]
    lines = [
        f"{text:>{margin}} {strokes.tick if text else strokes.axis}{cells}".rstrip()
        for text, cells in zip(texts, _staircase(places, columns, strokes), strict=True)
    ]
    return [*lines, *(" " * margin + line for line in _ground(curve, places, columns, strokes))]


def _place(point: CurvePoint, curve: Sequence[CurvePoint], columns: int) -> tuple[int, int]:
    """The column and the row of a point."""
    first, last = curve[0], curve[-1]
    column = point.size_bytes / last.size_bytes * (columns - 1)
    row = (first.cost - point.cost) / (first.cost - last.cost) * (_ROWS - 1)
    return round(column), round(row)


def _staircase(places: Sequence[tuple[int, int]], columns: int, strokes: Strokes) -> Iterator[str]:
    grid = [[" "] * columns for _ in range(_ROWS)]
    come_from = 0
    for column in range(columns):
        stay = max((row for at, row in places if at <= column), default=0)
        _step(grid, column, (come_from, stay), strokes)
        come_from = stay
    for column, row in places:
        grid[row][column] = strokes.point
    return ("".join(row) for row in grid)


def _step(grid: list[list[str]], column: int, rows: tuple[int, int], strokes: Strokes) -> None:
    """Draw one column, entered at the first row and left at the second."""
    above, below = rows
    for row in range(above, below + 1):
        grid[row][column] = strokes.upright
    grid[above][column] = strokes.flat if above == below else strokes.corner


def _ground(
    curve: Sequence[CurvePoint],
    places: Sequence[tuple[int, int]],
    columns: int,
    strokes: Strokes,
) -> Iterator[str]:
    """The axis of sizes with a tick below each point, and the sizes where there is room."""
    ticks = {column for column, _ in places}
    marks = (strokes.ground_tick if c in ticks else strokes.ground for c in range(columns))
    yield f" {strokes.origin}{''.join(marks)}"
    labels = [" "] * columns
    texts = ["0", *(size_text(point.size_bytes) for point in curve[1:])]
    for number in (0, len(curve) - 1, *range(1, len(curve) - 1)):
        _write(labels, texts[number], places[number][0])
    yield f"  {''.join(labels)}".rstrip()


def _write(labels: list[str], text: str, column: int) -> None:
    """The text centred below the column, unless it would touch another."""
    start = max(0, min(column - len(text) // 2, len(labels) - len(text)))
    if not "".join(labels[max(0, start - 2) : start + len(text) + 2]).strip():
        labels[start : start + len(text)] = text
