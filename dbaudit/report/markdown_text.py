"""The pieces of every Markdown report: text that stays text, tables, fences, details."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from dbaudit.report.printable import lines_of, one_line
from dbaudit.report.wording import statement

# What Markdown or HTML could read as markup. As an entity each is nothing but itself, in running
# text, in a table and in an HTML block (CommonMark 0.31, section 2.5). An underscore within a word
# is none (section 6.2); a colon is one where GitHub would see the short name of an emoji.
_ACTIVE = re.compile(r"[\\`*{}\[\]<>#|~$@!&]|(?<![^\W_])_|_(?![^\W_])|:(?=[\w+-]+:)")


def inline(text: str) -> str:
    """The text on one line with nothing in it that Markdown or HTML would read as markup."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", one_line(text))


def code(text: str) -> str:
    """The text in a code font, in running text, a table or a summary."""
    return f"<code>{inline(text)}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table: a first column of words, then figures. The cells are Markdown already."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def sql_block(statements: Iterable[str]) -> Iterator[str]:
    """The statements in a fence that nothing in them can close; nothing when there are none."""
    lines = [line for sql in statements for line in lines_of(statement(sql))]
    if lines:
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        yield from (f"{fence}sql", *lines, fence, "")


def details(summary: str, body: Iterable[str]) -> Iterator[str]:
    """A block that opens on a click; summary and body are Markdown or HTML already."""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from body
    yield "</details>"
    yield ""
