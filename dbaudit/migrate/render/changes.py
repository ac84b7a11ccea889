"""The changes of a plan, each with the statements that make it and those that take it back. Pure.

A change is a migration of its own in every style: where one build fails, those before it are done
and recorded, and the tool's own command goes on with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dbaudit.advise.advice import AdvisedDrop, AdvisedIndex
from dbaudit.advise.plan_file import Plan
from dbaudit.identifiers import qualified
from dbaudit.migrate.ddl import CreateIndex, drop_sql, parse_create
from dbaudit.migrate.render.partition_steps import build_steps, drop_steps
from dbaudit.migrate.render.step import RESET_LOCK_TIMEOUT, Step, with_lock_timeouts


@dataclass(frozen=True, slots=True)
class Change:
    """An index to build or to drop; `table` is "" where the plan does not say it.

    `create` is the index that is built, or that is dropped: None where the plan does not hold its
    definition, and then `down` is empty. `comments` are lines of text without comment marks.
    """

    advised: AdvisedIndex | AdvisedDrop
    schema: str
    table: str
    name: str
    create: CreateIndex | None
    up: tuple[Step, ...]
    down: tuple[Step, ...]
    comments: tuple[str, ...]

    @property
    def is_drop(self) -> bool:
        """Whether the index is dropped rather than built."""
        return isinstance(self.advised, AdvisedDrop)

    @property
    def is_partitioned(self) -> bool:
        """Whether it is the new index of a partitioned table."""
        return isinstance(self.advised, AdvisedIndex) and self.advised.partitions is not None

    @property
    def title(self) -> str:
        """What it does, as a message of one line."""
        return f"{self._verb} {self.name}"

    @property
    def slug(self) -> str:
        """The title in letters that every file system takes."""
        words = re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_") or "index"
        return f"{self._verb}_{words}"

    @property
    def _verb(self) -> str:
        return "drop" if self.is_drop else "add"

    @property
    def dropping(self) -> tuple[Step, ...]:
        """The statements that take the index away, whichever way that is."""
        return self.up if self.is_drop else self.down

    @property
    def building(self) -> tuple[Step, ...]:
        """The statements that make the index, whichever way that is."""
        return self.down if self.is_drop else self.up


def why_no_way_back(drop: Change) -> str:
    """Why an index whose definition the plan does not hold stays dropped, and what to do."""
    return (
        f"{qualified(drop.schema, drop.name)} cannot be built again: the plan by which it was "
        "dropped does not hold its definition; take that (pg_get_indexdef) from a backup, or from "
        "a database that has the index, and write CREATE INDEX CONCURRENTLY here"
    )


def changes_of(plan: Plan) -> tuple[Change, ...]:
    """The changes of a checked plan, in order. Raises UsageError where partitions are no tree."""
    return (*map(_addition, plan.indexes), *map(_drop, plan.drops))


def dry_run(plan: Plan) -> tuple[str, ...]:
    """The statements that `apply` runs for a plan, in order."""
    return tuple(step.sql for change in changes_of(plan) for step in change.up)


def statements_of(index: AdvisedIndex) -> tuple[list[str], list[str]]:
    """What builds an advised index and what takes it back, for somebody to paste into psql."""
    if index.partitions is None:
        return [index.ddl], [index.undo_ddl]
    change = _addition(index)
    up, down = (list(with_lock_timeouts(steps)) for steps in (change.up, change.down))
    return [*up, RESET_LOCK_TIMEOUT], [*down, RESET_LOCK_TIMEOUT]


def renamed(change: Change, name: str) -> Change:
    """The same new index under another name."""
    index, create = change.advised, change.create
    if create is None or not isinstance(index, AdvisedIndex):
        return change
    ddl = replace(create, name=name).sql(index.schema)
    return _addition(replace(index, name=name, ddl=ddl))


def _addition(index: AdvisedIndex) -> Change:
    create = parse_create(index.ddl)
    up: Sequence[Step] = [Step(create.sql(index.schema))]
    down: Sequence[Step] = [Step(drop_sql(index.schema, index.name))]
    if index.partitions is not None:
        up = build_steps(create, index.schema, index.partitions)
        down = drop_steps(create, index.schema, index.partitions)
    return Change(
        advised=index,
        schema=index.schema,
        table=index.table,
        name=index.name,
        create=create,
        up=tuple(up),
        down=tuple(down),
        comments=_one_line_each(_words_on(index)),
    )


def _drop(drop: AdvisedDrop) -> Change:
    """The way back is the definition that the advisor saw."""
    create = parse_create(drop.undo_ddl) if drop.undo_ddl else None
    return Change(
        advised=drop,
        schema=drop.schema,
        table=drop.table or (create.table if create else ""),
        name=drop.name,
        create=create,
        up=(Step(drop_sql(drop.schema, drop.name)),),
        down=(Step(create.sql(drop.schema)),) if create else (),
        comments=_one_line_each([*_reason(drop), *_size(drop)]),
    )


def _words_on(index: AdvisedIndex) -> list[str]:
    lines = _reason(index)
    for served in index.serves:
        gain = served.cost_before / served.cost_after if served.cost_after else 0.0
        factor = f", {gain:.1f} times cheaper" if gain else ""
        lines.append(
            f"serves: {served.query} "
            f"(cost {served.cost_before:.1f} to {served.cost_after:.1f}{factor})"
        )
    return lines + _size(index)


def _reason(change: AdvisedIndex | AdvisedDrop) -> list[str]:
    return [f"reason: {change.reason}"] if change.reason else []


def _size(change: AdvisedIndex | AdvisedDrop) -> list[str]:
    return [f"size: about {change.size_bytes:,} bytes"] if change.size_bytes else []


def _one_line_each(lines: Iterable[str]) -> tuple[str, ...]:
    """A line break in a query's name must not end the comment that it stands in."""
    return tuple(" ".join(line.split()) for line in lines)
