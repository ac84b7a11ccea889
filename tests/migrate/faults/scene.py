"""A database, a plan for it, and what must hold after whatever has happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cli.conftest import Done
from tests.migrate.faults.commands import Running, here, start
from tests.migrate.faults.holds import HELD, until_alone
from tests.migrate.plans import index_entry, invalid_indexes, select

DOCS = (
    """
create table docs (id bigint generated always as identity primary key, owner text, hash text,
    body text);
insert into docs (owner, hash, body)
    select 'o' || i % 50, md5(i::text), repeat('x', 200) from generate_series(1, 6000) i;
vacuum analyze docs;
"""
    + HELD
)

#: Its build waits at gate 1, and for a row whose hash is 'late' at gate 2.
HELD_INDEX = index_entry(
    "docs_held", "docs", "(held(hash, case when hash = 'late' then 2 else 1 end))"
)

#: All of an index that a rollback has to bring back.
_CATALOG = """
select pg_get_indexdef(i.indexrelid), i.indisvalid and i.indisready and i.indislive,
    i.indisclustered, i.indisreplident, c.reloptions, t.spcname, obj_description(i.indexrelid),
    array(select (a.attname, a.attstattarget)::text from pg_attribute a
          where a.attrelid = i.indexrelid order by a.attnum),
    (select h.inhparent::regclass::text from pg_inherits h where h.inhrelid = i.indexrelid)
from pg_index i
join pg_class c on c.oid = i.indexrelid
left join pg_tablespace t on t.oid = c.reltablespace
where c.relnamespace not in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
    and c.relnamespace is distinct from to_regnamespace('dbaudit')
order by 1
"""
_OUR_LOCKS = """
select l.pid, l.mode from pg_locks l
where l.locktype = 'advisory' and l.objsubid = 1
    and l.database = (select oid from pg_database where datname = current_database())
"""
_VALIDITY = """
select n.nspname, c.relname, i.indisvalid from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
"""
#: Runs of `rollback` that a test can need: one for each run that built something.
_MOST_ROLLBACKS = 4


@dataclass(frozen=True, slots=True)
class Scene:
    """A plan file and the database that it is for, as it was at first.

    `at_first` is what the catalog said of every index. `options` go with every `apply`.
    """

    dsn: str
    folder: Path
    plan: Path
    at_first: list[tuple[Any, ...]]
    options: tuple[str, ...] = ()
    started: list[Running] = field(default_factory=list)

    def start(self, *more: str, dsn: str = "", command: str = "apply") -> Running:
        """`dbaudit apply` at work in a process of its own."""
        running = start(self.folder, *self._arguments(command, dsn), *more)
        self.started.append(running)
        return running

    def apply(self, *more: str, dsn: str = "") -> Done:
        """`dbaudit apply` from beginning to end."""
        return here(self.folder, *self._arguments("apply", dsn), *more)

    def status(self) -> Any:
        """What `dbaudit status` says, as JSON."""
        done = here(self.folder, "status", self.dsn, "--format", "json")
        assert done.status == 0, done.err
        return done.json

    def rollback(self) -> Done:
        """`dbaudit rollback` of the last run."""
        return here(self.folder, "rollback", self.dsn, "--yes", "--format", "json")

    def _arguments(self, command: str, dsn: str) -> list[str | Path]:
        if command == "rollback":
            return ["rollback", dsn or self.dsn, "--yes"]
        return ["apply", self.plan, dsn or self.dsn, "--yes", "--format", "json", *self.options]


def stage(
    dsn: str, folder: Path, document: Mapping[str, Any], options: Iterable[str] = ()
) -> Scene:
    """Put a plan beside a database."""
    plan = folder / "plan.json"
    plan.write_text(json.dumps(document))
    return Scene(dsn, folder, plan, catalog(dsn), tuple(options))


def catalog(dsn: str) -> list[tuple[Any, ...]]:
    """Every index outside the catalogs and the ledger, with all that can be set on it."""
    return select(dsn, _CATALOG)


def left_invalid(scene: Scene) -> list[str]:
    """What is invalid when the server has ended our sessions, where a fault may leave it or not."""
    until_alone(scene.dsn)
    return invalid_indexes(scene.dsn)


def assert_survived(scene: Scene, *, left_invalid: Iterable[str] = ()) -> None:
    """What must hold after every fault.

    No session or lock of ours, a true ledger, no invalid index (but those that are named, where
    PostgreSQL or a SIGKILL allowed no better); the next `apply` succeeds, and `rollback` brings all
    back.
    """
    assert_left_clean(scene, left_invalid=left_invalid)
    assert_succeeded(scene.apply())
    assert_left_clean(scene)
    assert_rolled_back(scene)


def assert_succeeded(done: Done) -> None:
    """An apply that did all of its plan. Where the rest was there already, what it takes back may
    be all that it did."""
    assert done.status == 0 or "everything was taken back" in done.err, done.err
    changes = [*done.json["indexes"], *done.json["drops"]]
    assert "failed" not in [change["outcome"] for change in changes]


def assert_left_clean(scene: Scene, *, left_invalid: Iterable[str] = ()) -> None:
    """Nothing of ours is left but what is written down."""
    until_alone(scene.dsn)
    assert select(scene.dsn, _OUR_LOCKS) == []
    assert invalid_indexes(scene.dsn) == sorted(left_invalid)
    assert_ledger_is_true(scene)


def assert_rolled_back(scene: Scene) -> None:
    """Roll back run by run until the ledger has nothing left, and find everything as at first."""
    for _ in range(_MOST_ROLLBACKS):
        done = scene.rollback()
        if done.status:
            break
    assert "nothing to roll back" in done.err, done.err
    assert catalog(scene.dsn) == scene.at_first
    assert_left_clean(scene)


def assert_ledger_is_true(scene: Scene) -> None:
    """What `status` says last of each index is what the catalog says."""
    validity = {(row[0], row[1]): row[2] for row in select(scene.dsn, _VALIDITY)}
    status = scene.status()
    assert sorted(left["name"] for left in status["left_over"]) == invalid_indexes(scene.dsn)
    seen: set[tuple[str, str]] = set()
    for applied in status["applied"]:
        for change in [*applied["drops"], *applied["indexes"]]:
            key = (change["schema"], change["name"])
            if key not in seen and change["outcome"] != "skipped":  # that was true then
                seen.add(key)
                _assert_true(change, validity.get(key), is_drop=change in applied["drops"])


def _assert_true(change: Mapping[str, Any], is_valid: bool | None, *, is_drop: bool) -> None:
    """`is_valid` is None where there is no such index."""
    if not is_drop:
        assert change["valid"] == bool(is_valid), change
    match change["outcome"], is_drop:
        case "rolled_back", False:
            assert is_valid is None, change
        case "kept", True:
            assert is_valid is None, change
        case "rolled_back", True:
            assert is_valid is True, change
        case "failed", True:
            assert is_valid is not None, change
