"""Fill a database with an example system, a batch at a time, so that a progress bar can move.

A step is an SQL file. Its first lines say `-- step: label` and, when it is run in batches,
`-- batch: rows`. `{chunks}` (the system's unit) is replaced by the scale, and in a batched step
`{first}` and `{last}` by the 1-based numbers of the batch's rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dbaudit.demo.systems import System
from dbaudit.errors import UsageError
from dbaudit.workload.lexer import Token, statements

#: Runs one statement in the database to be filled and commits it, always in the same session.
Execute = Callable[[str], object]
#: Is told the label of the step, how many batches of all steps are done, and how many there are.
Progress = Callable[[str, int, int], None]

_LABEL = re.compile(r"^-- step: (.+)$", re.MULTILINE)
_BATCH = re.compile(r"^-- batch: ([1-9]\d*)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements that are run together, and the label of their step."""

    label: str
    statements: tuple[str, ...]


def load(
    system: System, execute: Execute, scale: int | None = None, progress: Progress | None = None
) -> None:
    """Make the system's tables and fill them; `scale` rows of its unit, its default when None.

    Raises UsageError for a scale below the system's least, and what `execute` raises.
    """
    batches = load_batches(system, system.default_scale if scale is None else scale)
    for done, batch in enumerate(batches):
        if progress:
            progress(batch.label, done, len(batches))
        for statement in batch.statements:
            execute(statement)
    if progress:
        progress(batches[-1].label, len(batches), len(batches))


def add_hand_written_indexes(system: System, execute: Execute) -> None:
    """Make the indexes that the system's own authors made."""
    for statement in _statements(system.hand_written_indexes.read_text("utf-8")):
        execute(statement)


def load_batches(system: System, scale: int) -> list[Batch]:
    """What `load` runs, in order. Raises UsageError for a scale below the system's least."""
    if scale < system.least_scale:
        raise UsageError(
            f"{system.name} needs a scale of at least {system.least_scale} {system.unit}, "
            f"not {scale}"
        )
    return [batch for step in system.steps for batch in _batches(step, system.unit, scale)]


def _batches(step: Path, unit: str, scale: int) -> Iterator[Batch]:
    text = step.read_text("utf-8")
    label = _LABEL.search(text)
    title = _filled(label[1], {unit: f"{scale:,}"}, step) if label else step.stem
    size = _BATCH.search(text)
    if size is None:
        yield Batch(title, _statements(_filled(text, {unit: str(scale)}, step)))
        return
    for first in range(1, scale + 1, int(size[1])):
        last = min(first + int(size[1]) - 1, scale)
        values = {unit: str(scale), "first": str(first), "last": str(last)}
        yield Batch(title, _statements(_filled(text, values, step)))


def _filled(text: str, values: Mapping[str, str], step: Path) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise UsageError(f"{step}: unknown placeholder {match[0]}; there are: {known}")
        return values[match[1]]

    return _PLACEHOLDER.sub(value, text)


def _statements(text: str) -> tuple[str, ...]:
    return tuple(
        "".join(token.text for token in statement).strip()
        for statement in statements(text)
        if not all(_is_nothing(token) for token in statement)
    )


def _is_nothing(token: Token) -> bool:
    return token.is_blank or token.text == ";"
