"""An advice on the terminal: what to build, what it gains, what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dbaudit.advise.advice import (
    Advice,
    AdvisedDrop,
    AdvisedIndex,
    CurvePoint,
    NotCovered,
    Rejected,
    Served,
)
from dbaudit.identifiers import qualified
from dbaudit.report.plot import ASCII, BOX, curve_title, is_worth_showing, plot
from dbaudit.report.printable import one_line
from dbaudit.report.rewrites import terminal_rewrites, terminal_statistics
from dbaudit.report.terminal_text import (
    INDENT,
    Indented,
    add_row,
    figures_table,
    heading,
    paragraph,
    sql_lines,
)
from dbaudit.report.wording import (
    advice_line,
    counted,
    factor_text,
    figure_text,
    search_line,
)
from dbaudit.units import size_text

#: How many of a long list are shown unless everything is asked for.
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class AdviceView:
    """The curve, the indexes with the queries they serve, drops and what was left out."""

    advice: Advice
    everything: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Workload cost and its curve, a block an index, drops, rejected, not covered, notes."""
        most = None if self.everything else MOST_SHOWN
        yield Text(advice_line(self.advice), style="bold")
        yield paragraph(search_line(self.advice.search), style="dim")
        yield from _curve(self.advice.curve, options)
        for index in self.advice.indexes:
            yield from _index(index, most)
        yield from _drops(self.advice.drops)
        yield from terminal_rewrites(self.advice.rewrites, most)
        yield from terminal_statistics(self.advice.statistics, most)
        yield from _left_out("Not covered", self.advice.not_covered, most)
        yield from _left_out("Rejected", self.advice.rejected, most)
        for note in self.advice.notes:
            yield paragraph(note, style="dim")


def _curve(curve: Sequence[CurvePoint], options: ConsoleOptions) -> Iterator[RenderableType]:
    if is_worth_showing(curve):
        strokes = ASCII if options.ascii_only else BOX
        yield heading(curve_title(curve))
        yield from map(Text, plot(curve, options.max_width, strokes))


def _index(index: AdvisedIndex, most: int | None) -> Iterator[RenderableType]:
    title = Text.assemble(("\n+ ", "green"), (one_line(index.name), "bold"))
    facts = f"  {index.method} on {qualified(index.schema, index.table)}"
    title.append(f"{one_line(facts)}, {size_text(index.size_bytes)}, {index.confidence}", "dim")
    yield title
    if index.reason:
        yield paragraph(index.reason, indent=INDENT)
    yield from sql_lines(index.ddl)
    served = sorted(index.serves, key=lambda s: s.cost_after - s.cost_before)
    yield from _served(served[:most], len(served))


def _served(served: Sequence[Served], total: int) -> Iterator[RenderableType]:
    table = figures_table("query", "cost before", "after", "factor")
    for one in served:
        factor = factor_text(one.cost_before, one.cost_after)
        add_row(
            table, (one.query, figure_text(one.cost_before), figure_text(one.cost_after), factor)
        )
    if served:
        yield Indented(table, 2 * INDENT)
    if total > len(served):
        rest = counted(total - len(served), "more query", "more queries")
        yield paragraph(f"… and {rest}", style="dim", indent=2 * INDENT)


def _drops(drops: Sequence[AdvisedDrop]) -> Iterator[RenderableType]:
    for drop in drops:
        title = Text.assemble(("\n- ", "red"), (one_line(drop.name), "bold"))
        yield title.append(f"  {size_text(drop.size_bytes)}", "dim")
        yield paragraph(drop.reason, indent=INDENT)
        yield from sql_lines(drop.ddl)


def _left_out(
    what: str, entries: Sequence[Rejected] | Sequence[NotCovered], most: int | None
) -> Iterator[RenderableType]:
    if entries:
        yield heading(f"{what} ({len(entries):,})")
    for entry in entries[:most]:
        subject = entry.ddl if isinstance(entry, Rejected) else entry.query
        yield paragraph(f"{subject}: {entry.reason}", style="dim", indent=INDENT)
    if most is not None and len(entries) > most:
        yield paragraph(f"… and {len(entries) - most:,} more (-v)", style="dim", indent=INDENT)
