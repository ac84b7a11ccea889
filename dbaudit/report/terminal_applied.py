"""What was applied, on the terminal: queries before and after, what became of each index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from dbaudit.report.applied import (
    Item,
    at_work_line,
    columns_of,
    drop_outcome,
    entries_of,
    facts_of,
    index_outcome,
    is_undoable,
    ledger_line,
    measured_queries,
    notes_of,
    trial_facts,
)
from dbaudit.report.printable import one_line
from dbaudit.report.terminal_text import (
    INDENT,
    add_row,
    figures_table,
    heading,
    paragraph,
    sql_lines,
)

_STYLES = {"kept": "green", "failed": "bold red", "rolled_back": "yellow", "trial": "cyan"}


@dataclass(frozen=True, slots=True)
class AppliedView:
    """The document of `apply`, `rollback` or `status`."""

    document: Item

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Each applied advice: its queries' times, its indexes, its drops."""
        entries = entries_of(self.document)
        if not entries:
            yield Text("Nothing was applied.")
        for entry in entries:
            yield from _entry(entry)
        yield from _standing(self.document)


def _standing(document: Item) -> Iterator[RenderableType]:
    """What a status tells besides the runs: trials, what is left over, who is at work."""
    if document.get("trials"):
        yield heading("Indexes on trial now")
    for trial in document.get("trials") or ():
        yield from _item({**trial, "outcome": "trial"}, "on trial", trial_facts(trial))
    if document.get("left_over"):
        yield heading("Left over, to be cleaned up")
    for left in document.get("left_over") or ():
        yield from _item({**left, "outcome": "failed"}, "left over", f"on {left['table']}")
        for statement in left["sql"]:
            yield from sql_lines(statement)
    if working := at_work_line(document):
        yield heading(working, "yellow")
    for note in document.get("notes") or ():
        yield paragraph(f"note: {note}", style="dim")


def _entry(entry: Item) -> Iterator[RenderableType]:
    yield from _queries(entry)
    for index in entry.get("indexes") or ():
        yield from _item(index, index_outcome(index), ", ".join(facts_of(index)))
        if index.get("ddl"):
            yield from sql_lines(index["ddl"])
    for drop in entry.get("drops") or ():
        yield from _item(drop, drop_outcome(drop), "existing index")
    if entry.get("ledger_id"):
        ledger_id = one_line(str(entry["ledger_id"]))
        undo = f"; dbaudit rollback {ledger_id} takes it back" if is_undoable(entry) else ""
        yield heading(f"{ledger_line(entry)}{undo}", "dim")


def _queries(entry: Item) -> Iterator[RenderableType]:
    measured = measured_queries(entry)
    columns = columns_of(measured)
    table = figures_table("query", *(title for title, _ in columns))
    for one in measured:
        add_row(table, (one.query, *(getattr(one, field) for _, field in columns)))
    if measured:
        yield table
    if note := notes_of(measured):
        yield paragraph(note, style="dim")


def _item(item: Item, outcome: str, facts: str) -> Iterator[RenderableType]:
    style = _STYLES.get(str(item.get("outcome")), "none")
    title = Text.assemble("\n", (one_line(str(item["name"])), "bold"), "  ", (outcome, style))
    yield title.append(f"  {one_line(facts)}" if facts else "", style="dim")
    if item.get("reason"):
        yield paragraph(str(item["reason"]), indent=INDENT)
