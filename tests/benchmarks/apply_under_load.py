"""What writers notice of `dbaudit apply`: pgbench on the very table that gets the indexes.

`python -m tests.benchmarks.apply_under_load [--rows N] [--seconds S] [--clients N] [--rounds N]`: a
Markdown page. Four ways in turn, each on a fresh copy of the database: nothing beside; `dbaudit
apply` of two indexes, one that pays and one that it takes back; the same two by hand with CREATE
INDEX CONCURRENTLY (and DROP INDEX CONCURRENTLY); and with a plain CREATE INDEX (and DROP INDEX).
First the writers write as fast as they can, then half as fast: a server with room to spare.
Writers, server and dbaudit share the machine.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psycopg

from dbaudit.targets.cluster import Cluster
from tests.benchmarks.pgbench import Load, Writers, during
from tests.migrate.plans import index_entry, plan_document, statement_entry

#: As in production everything is forced to disk. Autovacuum sleeps longer than the benchmark runs:
#: one way with it beside another without would compare nothing.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "autovacuum_naptime": "1d"}

TABLE = """
create table events (id bigint generated always as identity primary key, owner int not null,
    at timestamptz not null, kind text not null, body text not null);
insert into events (owner, at, kind, body)
    select i % 5000, '2026-01-01'::timestamptz + i * interval '1 second', md5(i::text),
        repeat('x', 150)
    from generate_series(1, {rows}) i;
vacuum (freeze, analyze) events;
checkpoint
"""

#: Inserts and deletes keep the table about as large as it is.
SCRIPTS = {
    "insert into events (owner, at, kind, body) values "
    "((random() * 5000)::int, now(), md5(random()::text), repeat('y', 150));\n": 1,
    "\\set id random(1, :rows)\n"
    "update events set at = now(), body = repeat('z', 150) where id = :id;\n": 3,
    "\\set id random(1, :rows)\ndelete from events where id = :id;\n": 1,
}

KEPT = index_entry("events_owner_at_idx", "events", "USING btree (owner, at)")
TAKEN_BACK = index_entry("events_kind_idx", "events", "USING btree (kind)")
QUERY = statement_entry(
    "latest_of_owner", "select * from events where owner = 42 order by at desc limit 20"
)

#: The writers' seconds before the work begins.
_WARM_UP_SECONDS = 3.0
_TEMPLATE, _DATABASE = "pristine", "measured"

#: Work beside the writers, on the database with this DSN.
Work = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """One way in one round: what the writers saw while the work went on, and for how long."""

    load: Load
    seconds: float


def main() -> None:
    given = _arguments()
    fast = Writers(SCRIPTS, {"rows": given.rows}, given.clients, given.seconds)
    with Cluster(settings=SETTINGS) as cluster:
        _run(cluster.dsn(), f"create database {_TEMPLATE}")
        _run(cluster.dsn(_TEMPLATE), TABLE.format(rows=given.rows))
        rounds = _rounds(cluster, fast, given.rounds)
        _print(f"{given.rows:,} rows, {given.clients} writers as fast as they can", rounds)
        rate = round(median(one["nothing"].load.rate for one in rounds) / 2)
        rounds = _rounds(cluster, replace(fast, rate=rate), given.rounds)
        _print(f"{given.rows:,} rows, {given.clients} writers at {rate:,} a second", rounds)


def _rounds(cluster: Cluster, writers: Writers, number: int) -> list[dict[str, Measured]]:
    """Every way in each round; another comes first each time."""
    ways = list(_works(writers.seconds - 2 * _WARM_UP_SECONDS).items())
    return [
        {name: _measured(cluster, writers, work) for name, work in [*ways[by:], *ways[:by]]}
        for by in (turn % len(ways) for turn in range(number))
    ]


def _works(quiet_seconds: float) -> Mapping[str, Work]:
    return {
        "nothing": lambda _dsn: _sleep(quiet_seconds),
        "dbaudit apply": _apply,
        "CREATE INDEX CONCURRENTLY by hand": lambda dsn: _by_hand(dsn, "CONCURRENTLY"),
        "CREATE INDEX": lambda dsn: _by_hand(dsn, ""),
    }


def _sleep(seconds: float) -> None:
    subprocess.run(["sleep", str(seconds)], check=True)


def _apply(dsn: str) -> None:
    """The real command. Raises RuntimeError unless one index stays and the other does not."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "plan.json")
        plan.write_text(json.dumps(plan_document([KEPT, TAKEN_BACK], [QUERY])))
        command = [
            sys.executable,
            "-m",
            "dbaudit",
            "apply",
            str(plan),
            dsn,
            "--yes",
            "--format",
            "json",
        ]
        done = subprocess.run(
            command,
            capture_output=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_STATE_HOME": folder},
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    outcomes = [index["outcome"] for index in json.loads(done.stdout)["indexes"]]
    if outcomes != ["kept", "rolled_back"]:
        raise RuntimeError(done.stdout.decode())


def _by_hand(dsn: str, concurrently: str) -> None:
    statements = [
        entry["ddl"].replace("CONCURRENTLY", concurrently) for entry in (KEPT, TAKEN_BACK)
    ]
    drop = TAKEN_BACK["undo_ddl"].replace("CONCURRENTLY", concurrently)
    _run(dsn, ";\n".join([*statements, drop]))


def _run(dsn: str, script: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in script.strip().split(";\n"):
            connection.execute(statement.encode())


def _measured(cluster: Cluster, writers: Writers, work: Work) -> Measured:
    """One way on a fresh copy of the database."""
    _run(cluster.dsn(), f"drop database if exists {_DATABASE}")
    _run(cluster.dsn(), f"create database {_DATABASE} template {_TEMPLATE}")
    _run(cluster.dsn(_DATABASE), "select count(*) from events")
    _run(cluster.dsn(), "checkpoint")
    beside = functools.partial(work, cluster.dsn(_DATABASE))
    transactions, begin, end = writers.beside(cluster, _DATABASE, beside, after=_WARM_UP_SECONDS)
    return Measured(during(transactions, begin, end), end - begin)


def _print(title: str, rounds: Sequence[Mapping[str, Measured]]) -> None:
    print(
        f"\n{title}; medians of {len(rounds)} rounds, in brackets the ratio to nothing beside, "
        "median of the rounds' ratios\n\n"
        "| beside the writers | takes s | transactions/s | p99 ms | worst ms |\n"
        "|---|---:|---:|---:|---:|"
    )
    for name in _works(0):
        seconds = median(one[name].seconds for one in rounds)
        cells = [
            _cell(rounds, name, lambda load: load.rate, ",.0f"),
            _cell(rounds, name, lambda load: load.p99_ms, ",.2f"),
            _cell(rounds, name, lambda load: load.worst_ms, ",.1f"),
        ]
        print(f"| {name} | {seconds:.1f} | {' | '.join(cells)} |")


def _cell(
    rounds: Sequence[Mapping[str, Measured]], name: str, figure: Callable[[Load], float], form: str
) -> str:
    value = median(figure(one[name].load) for one in rounds)
    ratio = median(figure(one[name].load) / figure(one["nothing"].load) for one in rounds)
    return f"{value:{form}} ({ratio:.2f})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--seconds", type=int, default=25)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
