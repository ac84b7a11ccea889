"""An advice as files: numbered SQL migrations, each with its way back, and the plan file. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from dbaudit.advise.advice import AdvisedDrop, AdvisedIndex
from dbaudit.advise.plan_file import Plan
from dbaudit.migrate.ddl import drop_sql, parse_create
from dbaudit.migrate.plan import plan_of

PLAN_FILE = "plan.json"

#: A concurrent build waits for others; nobody waits for it (PostgreSQL's manual, CREATE INDEX).
LOCK_TIMEOUT = "10s"

_NUMBERED = re.compile(r"(\d+)_.*\.sql\Z")
_OUTSIDE = (
    "-- CONCURRENTLY cannot run inside a transaction block, so run this file outside one:",
    "-- psql --set ON_ERROR_STOP=1 --file FILE, without --single-transaction.",
)


def render(document: Mapping[str, object], existing: Collection[str]) -> dict[str, str]:
    """File names and their text for the JSON of `advise`.

    `existing` are the names of the files that the folder holds; numbers go on after theirs.
    Raises UsageError when the document is not a plan.
    """
    plan = plan_of(document, PLAN_FILE)
    files = {PLAN_FILE: json.dumps(document, indent=2, ensure_ascii=False) + "\n"}
    changes: tuple[AdvisedIndex | AdvisedDrop, ...] = (*plan.indexes, *plan.drops)
    for number, change in enumerate(changes, _last_number(existing) + 1):
        verb = "add" if isinstance(change, AdvisedIndex) else "drop"
        stem = f"{number:04d}_{verb}_{_slug(change.name)}"
        up, down = _statements(change)
        comments = _comments(change)
        files[f"{stem}.up.sql"] = _script(f"{stem}.up.sql", comments, up)
        files[f"{stem}.down.sql"] = _script(f"{stem}.down.sql", [], down)
    return files


def dry_run(plan: Plan) -> tuple[str, ...]:
    """The statements that `apply` runs for a plan, in order."""
    changes: tuple[AdvisedIndex | AdvisedDrop, ...] = (*plan.indexes, *plan.drops)
    return tuple(_statements(change)[0] for change in changes)


def _statements(change: AdvisedIndex | AdvisedDrop) -> tuple[str, str]:
    """Up and down. The way back of a drop is the definition that the advisor saw."""
    drop = drop_sql(change.schema, change.name)
    if isinstance(change, AdvisedIndex):
        return parse_create(change.ddl).sql(change.schema), drop
    if not change.undo_ddl:
        return drop, ""
    return drop, parse_create(change.undo_ddl).sql(change.schema)


def _script(name: str, comments: list[str], statement: str) -> str:
    lines = [f"-- {name}: written by dbaudit", *comments, *_OUTSIDE]
    lines += [f"SET lock_timeout = '{LOCK_TIMEOUT}';", "SET statement_timeout = 0;", ""]
    lines.append(f"{statement};" if statement else "-- the plan does not hold the definition")
    lines += ["", "RESET lock_timeout;", "RESET statement_timeout;"]
    return "\n".join(lines) + "\n"


def _comments(change: AdvisedIndex | AdvisedDrop) -> list[str]:
    lines = [f"reason: {change.reason}"] if change.reason else []
    if isinstance(change, AdvisedIndex):
        for served in change.serves:
            gain = served.cost_before / served.cost_after if served.cost_after else 0.0
            factor = f", {gain:.1f} times cheaper" if gain else ""
            lines.append(
                f"serves: {served.query} "
                f"(cost {served.cost_before:.1f} to {served.cost_after:.1f}{factor})"
            )
    if change.size_bytes:
        lines.append(f"size: about {change.size_bytes:,} bytes")
    # One line each: a line break in a query's name must not end the comment.
    return [f"-- {' '.join(line.split())}" for line in lines]


def _last_number(existing: Collection[str]) -> int:
    matches = (_NUMBERED.match(name) for name in existing)
    return max((int(match[1]) for match in matches if match), default=0)


def _slug(name: str) -> str:
    """The name in letters that every file system takes."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "index"
