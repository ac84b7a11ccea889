"""A query and its plan on the terminal: the tree with its figures, the hot node marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dbaudit.plans.node import parse_plan
from dbaudit.plans.tree import TreeLine, plan_tree
from dbaudit.report.documents import QueryReport
from dbaudit.report.printable import one_line
from dbaudit.report.terminal_text import INDENT, heading, paragraph
from dbaudit.report.wording import figure_text, ms_text

#: What is left for a node's own text however deep it is; deeper nodes are not indented further.
_LEAST_TEXT_WIDTH = 32


@dataclass(frozen=True, slots=True)
class TreeView:
    """The lines of a plan tree; long conditions wrap beside the branches, not through them."""

    lines: Sequence[TreeLine]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Each node with its figures, below it its conditions and what is odd about it."""
        room = max(0, (options.max_width - _LEAST_TEXT_WIDTH) // 3 - 1)
        margins = branches([min(line.depth, room) for line in self.lines])
        for line, (first, below) in zip(self.lines, margins, strict=True):
            width = max(_LEAST_TEXT_WIDTH, options.max_width - len(below))
            texts = [*node_texts(line, width), *_remarks(line)]
            wrapped = [part for text in texts for part in text.wrap(console, width)]
            for number, part in enumerate(wrapped):
                yield Text(below if number else first, style="dim").append_text(part)


def query_plan(query: QueryReport) -> Iterator[RenderableType]:
    """The query's name and figures, then its tree, or why there is none."""
    title = heading(query.name)
    facts = ", ".join(_facts(query))
    yield title.append(f"  {one_line(facts)}" if facts else "", style="not bold dim")
    if query.error is not None:
        yield paragraph(query.error, style="red", indent=INDENT)
    if query.plan is not None:
        yield TreeView(plan_tree(parse_plan(query.plan)))


def _facts(query: QueryReport) -> Iterator[str]:
    if query.cost is not None:
        yield f"cost {figure_text(query.cost)}"
    if query.actual_ms is not None:
        yield ms_text(query.actual_ms)
    if query.file is not None:
        yield query.file


def branches(depths: Sequence[int]) -> list[tuple[str, str]]:
    """For each line of a tree given by depths: the margin of its first line and of those below."""
    margins: list[tuple[str, str]] = []
    open_at: dict[int, bool] = {}
    for number in range(len(depths) - 1, -1, -1):
        depth = depths[number]
        has_children = number + 1 < len(depths) and depths[number + 1] > depth
        above = "".join("│  " if open_at.get(level) else "   " for level in range(1, depth))
        own = "" if depth == 0 else ("├─ " if open_at.get(depth) else "└─ ")
        beside = "" if depth == 0 else ("│  " if open_at.get(depth) else "   ")
        margins.append((above + own, above + beside + ("│  " if has_children else "   ")))
        open_at = {level: is_open for level, is_open in open_at.items() if level < depth}
        open_at[depth] = True
    return margins[::-1]


def node_texts(line: TreeLine, width: int) -> tuple[Text, ...]:
    """What the node does, with its figures beside it where there is room, else below it."""
    name = Text()
    if line.subplan_name:
        name.append(f"{one_line(line.subplan_name)}: ", style="dim")
    name.append(one_line(line.label), style="bold red" if line.is_hot else "bold")
    if line.is_hot:
        name.append("  ◀ hot", style="bold red")
    figures = Text(", ".join(_figures(line)))
    together = name.cell_len + 2 + figures.cell_len <= width
    return (name.append("  ").append_text(figures),) if together else (name, figures)


def _figures(line: TreeLine) -> Iterator[str]:
    if line.cost is not None:
        yield f"cost {figure_text(line.cost)}"
    if line.rows is not None:
        yield f"rows {line.rows:,.0f}"
    expected = _expected_rows(line)
    if expected is not None and expected != line.rows:
        yield f"expected {expected:,.0f}"
    if line.loops is not None and line.loops > 1:
        yield f"loops {line.loops:,.0f}"
    if line.self_ms is not None:
        yield f"self {ms_text(line.self_ms)}"
    if line.share is not None and line.share >= 0.005:
        yield f"{line.share:.0%}"


def _expected_rows(line: TreeLine) -> float | None:
    """What the planner expected of as many executions as `rows` counts."""
    if line.plan_rows is None or not line.loops:
        return line.plan_rows
    return line.plan_rows * line.loops


def _remarks(line: TreeLine) -> Iterator[Text]:
    for condition in line.conditions:
        yield Text(one_line(condition), style="dim")
    if line.notes:
        yield Text(one_line("; ".join(line.notes)), style="yellow")
