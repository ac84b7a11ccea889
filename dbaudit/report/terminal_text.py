"""The pieces of every terminal report: paragraphs that wrap, statements that never do."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from dbaudit.report.printable import lines_of, one_line
from dbaudit.report.wording import statement

#: The width of a terminal report that is written to a file.
FILE_WIDTH = 100

INDENT = 2


def terminal_text(view: RenderableType, console: Console) -> str:
    """What the console would show of the view, with its colours where it has them.

    Lines of SQL are longer than the console is wide where they must be: the terminal folds them,
    and copied they are whole.
    """
    with console.capture() as capture:
        console.print(view, crop=False)
    return capture.get()


def file_console() -> Console:
    """A console for a terminal report that goes to a file: no colours, 100 columns."""
    return Console(file=io.StringIO(), width=FILE_WIDTH, no_color=True, color_system=None)


@dataclass(frozen=True, slots=True)
class Indented:
    """Something moved to the right, without rich's Padding's spaces at the ends of lines."""

    content: RenderableType
    indent: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines of the content, each behind the margin."""
        width = max(1, options.max_width - self.indent)
        for segments in console.render_lines(self.content, options.update(width=width), pad=False):
            yield Segment(" " * self.indent)
            yield from segments
            yield Segment.line()


def paragraph(text: str, style: str = "", indent: int = 0) -> Indented:
    """One paragraph that wraps at the console's width, under its indentation."""
    return Indented(Text(one_line(text), style=style), indent)


def line(text: str, style: str = "") -> Text:
    """A line that is not wrapped, already safe to print."""
    return Text(text, style=style, no_wrap=True, overflow="ignore")


def sql_lines(sql: str, indent: int = 2 * INDENT) -> Iterator[Text]:
    """The statement with its semicolon, to be copied as it stands.

    One of several lines is not indented: a line break may be part of a name or a string in it.
    """
    lines = lines_of(statement(sql))
    margin = " " * indent if len(lines) == 1 else ""
    return (line(margin + text, style="cyan") for text in lines)


def heading(text: str, style: str = "bold") -> Text:
    """A heading with an empty line above it."""
    return Text(f"\n{one_line(text)}", style=style)


def figures_table(first: str, *figures: str) -> Table:
    """A table without borders: a first column of names, then columns of figures."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column(first, overflow="fold")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True)
    return table


def add_row(table: Table, cells: Iterable[str]) -> None:
    """Add a row whose cells are text, never markup."""
    table.add_row(*(Text(one_line(cell)) for cell in cells))
