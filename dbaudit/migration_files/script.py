"""A migration as one SQL script for a linter, and the way from its lines back to the file's."""

from __future__ import annotations

from dataclasses import dataclass

from dbaudit.migration_files.effects import Transaction
from dbaudit.migration_files.migration import Migration, Statement


@dataclass(frozen=True, slots=True)
class Script:
    """`lines` holds for each line of the text the statement that it belongs to, None for ours."""

    text: str
    lines: tuple[Statement | None, ...]

    def statement_at(self, line: int) -> Statement | None:
        """The statement on a 0-based line."""
        return self.lines[line] if 0 <= line < len(self.lines) else None


def script_of(migration: Migration) -> Script:
    """Every statement on lines of its own; BEGIN and COMMIT where the tool itself gives them."""
    text: list[str] = []
    owners: list[Statement | None] = []
    is_ours = is_theirs = False
    for statement in migration.statements:
        marks = [e for e in statement.effects if isinstance(e, Transaction)]
        wants = statement.is_in_transaction and not is_theirs and not marks
        if wants != is_ours:
            text.append("BEGIN;" if wants else "COMMIT;")
            owners.append(None)
            is_ours = wants
        if marks:
            is_theirs = not marks[-1].ends
        lines = _terminated(statement.text).strip("\n").split("\n")
        text += lines
        owners += [statement] * len(lines)
    if is_ours:
        text.append("COMMIT;")
        owners.append(None)
    return Script("\n".join(text) + "\n", tuple(owners))


def _terminated(text: str) -> str:
    stripped = text.rstrip()
    return stripped if stripped.endswith(";") or not stripped else f"{stripped}\n;"
