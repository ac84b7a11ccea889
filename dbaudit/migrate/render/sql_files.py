"""Migrations as numbered SQL files, each with its way back. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from dbaudit.identifiers import quote_literal
from dbaudit.migrate.render.changes import Change, why_no_way_back
from dbaudit.migrate.render.step import NO_STATEMENT_TIMEOUT, RESETS, Step, with_lock_timeouts

_NUMBERED = re.compile(r"(\d+)_.*\.sql\Z")
_OUTSIDE = (
    "CONCURRENTLY cannot run inside a transaction block, so run this file outside one:",
    "psql --set ON_ERROR_STOP=1 --file FILE, without --single-transaction.",
)


def sql_files(changes: Sequence[Change], existing: Collection[str]) -> dict[str, str]:
    """File names and their text.

    `existing` are the names of the files that the folder holds; numbers go on after theirs.
    """
    files = {}
    for number, change in enumerate(changes, _last_number(existing) + 1):
        stem = f"{number:04d}_{change.slug}"
        up, down = f"{stem}.up.sql", f"{stem}.down.sql"
        if change.is_drop:
            files[up] = _script(up, change.comments, change.up)
            files[down] = _script(down, _left_over(up), change.down or [_refusal(change)])
        else:
            files[up] = _script(up, (*change.comments, *_left_over(down)), change.up)
            files[down] = _script(down, (), change.down)
    return files


def _left_over(way_back: str) -> tuple[str, ...]:
    return (f"A build that was interrupted leaves an invalid index: run {way_back} first.",)


def _refusal(drop: Change) -> Step:
    """Whoever runs the file has to see that it takes nothing back."""
    message = quote_literal(why_no_way_back(drop))
    return Step(f"DO {quote_literal(f'BEGIN RAISE EXCEPTION USING MESSAGE = {message}; END')}")


def _script(name: str, comments: Sequence[str], steps: Sequence[Step]) -> str:
    lines = [f"-- {line}" for line in (f"{name}: written by dbaudit", *comments, *_OUTSIDE)]
    lines += [f"{NO_STATEMENT_TIMEOUT};"]
    lines += [f"{statement};" for statement in with_lock_timeouts(steps)]
    lines += [f"{statement};" for statement in RESETS]
    return "\n".join(lines) + "\n"


def _last_number(existing: Collection[str]) -> int:
    matches = (_NUMBERED.match(name) for name in existing)
    return max((int(match[1]) for match in matches if match), default=0)
