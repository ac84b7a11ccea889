"""What helps besides indexes, as the terminal and Markdown show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from dbaudit.advise.advice import Rewrite, StatisticsAdvice
from dbaudit.report.markdown_text import code, inline, sql_block
from dbaudit.report.printable import one_line
from dbaudit.report.terminal_text import INDENT, heading, paragraph, sql_lines
from dbaudit.report.wording import factor_text, figure_text


def terminal_rewrites(rewrites: Sequence[Rewrite], most: int | None) -> Iterator[RenderableType]:
    """A block each: what it gains, why it is the same, and the statement."""
    if rewrites:
        yield heading(f"Write it otherwise ({len(rewrites):,})")
    for rewrite in rewrites[:most]:
        yield Text.assemble(
            ("~ ", "cyan"), (one_line(rewrite.query), "bold"), f"  {_gain(rewrite)}"
        )
        yield paragraph(_reason(rewrite), indent=INDENT)
        yield from sql_lines(rewrite.sql)
        if rewrite.index is not None:
            yield paragraph("with an index besides the advised ones", style="dim", indent=INDENT)
            yield from sql_lines(rewrite.index)
    if most is not None and len(rewrites) > most:
        yield paragraph(f"… and {len(rewrites) - most:,} more (-v)", style="dim", indent=INDENT)


def markdown_rewrites(rewrites: Sequence[Rewrite]) -> Iterator[str]:
    """A section each."""
    for rewrite in rewrites:
        yield f"### Write {code(rewrite.query)} otherwise"
        yield ""
        yield f"{inline(_gain(rewrite))}. {inline(_reason(rewrite))}"
        yield ""
        yield from sql_block([s for s in (rewrite.sql, rewrite.index) if s is not None])


def _gain(rewrite: Rewrite) -> str:
    before, after = rewrite.cost_before, rewrite.cost_after
    figures = f"{figure_text(before)} to {figure_text(after)}"
    with_index = ", with an index" if rewrite.index is not None else ""
    return f"cost {figures} ({factor_text(before, after)} less{with_index})"


def _reason(rewrite: Rewrite) -> str:
    return f"{rewrite.reason} ({rewrite.checked})" if rewrite.checked else rewrite.reason


def terminal_statistics(
    advised: Sequence[StatisticsAdvice], most: int | None
) -> Iterator[RenderableType]:
    """A block each: the guess, what is true, and the statements."""
    if advised:
        yield heading(f"Statistics to make ({len(advised):,})")
    for advice in advised[:most]:
        yield paragraph(f"for {advice.query}: {_guess(advice)}", indent=INDENT)
        yield from sql_lines(advice.ddl)
    if most is not None and len(advised) > most:
        yield paragraph(f"… and {len(advised) - most:,} more (-v)", style="dim", indent=INDENT)


def markdown_statistics(advised: Sequence[StatisticsAdvice]) -> Iterator[str]:
    """A section each."""
    for advice in advised:
        yield f"### Statistics for {code(advice.query)}"
        yield ""
        yield inline(_guess(advice))
        yield ""
        yield from sql_block([advice.ddl])


def _guess(advice: StatisticsAdvice) -> str:
    return f"{advice.reason}; {advice.checked}" if advice.checked else advice.reason
