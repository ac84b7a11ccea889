"""The case files of the rules: `cases/<rule-id>/<case>.sql`.

A case is a header of comment directives, then the SQL that sets the database up (each statement
ends with a semicolon at the end of a line; one below a line `-- fails` must fail):

    -- expect: public.orders.orders_note_idx       one line a finding: its object, then optionally
    -- expect: public.orders.scan key=2 severity=info confidence=likely
    -- expect: {database} key=pg_trgm              the case's own database
    -- expect: nothing                             a near miss
    -- servers: pg15 pg18                          where it runs; pg18 when not said
    -- since: 16                                   the oldest version that it can run on
    -- option: min_size_bytes = 0                  an option of the rule, as in TOML
    -- session: begin; update t set a = 1          kept open beside the audit; may block
    -- role: reader                                the role that audits; the superuser when not said
    -- sent: 300 select * from t where id = {n}    sent so often, {n} counts from 0; what the server
                                                counts is the workload that is judged
    -- analyze: true                               execute the registered queries
    -- advise: true                                propose indexes, also where no rule needs them
    -- patch: update databases set …               over the snapshot, where no server can be made so
    -- patch-before-remedy: update databases …     likewise, but the remedy is taken to end it

    -- cleanup: select pg_drop_replication_slot('s')    what would outlive the database

`<case>.queries.sql` beside it holds registered queries for rules that need plans, the folder
`<case>.migrations` migrations that are to be checked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
SERVERS = ("pg15", "pg16", "pg18")

_DIRECTIVE = re.compile(r"--\s*([a-z-]+):\s*(.*)\Z")
_SUFFIX = re.compile(r"\s(key|severity|confidence)=(\S+)\Z")
_REPEATED = ("expect", "option", "session", "patch", "patch-before-remedy", "cleanup", "sent")
_SINGLE = ("servers", "since", "analyze", "advise", "role")


@dataclass(frozen=True)
class Expected:
    """One finding; what is None is not compared."""

    object: str
    key: str | None = None
    severity: str | None = None
    confidence: str | None = None


@dataclass(frozen=True)
class Case:
    rule: str
    name: str
    setup: str
    expected: tuple[Expected, ...]
    servers: tuple[str, ...] = ("pg18",)
    since: int = 13
    options: Mapping[str, Any] = field(default_factory=dict)
    sessions: tuple[str, ...] = ()
    role: str | None = None
    analyze: bool = False
    advise: bool = False
    patches: tuple[str, ...] = ()
    patches_before_remedy: tuple[str, ...] = ()
    sent: tuple[tuple[int, str], ...] = ()
    cleanup: tuple[str, ...] = ()
    queries: Path | None = None
    migrations: Path | None = None

    @property
    def id(self) -> str:
        return f"{self.rule}/{self.name}"


def all_cases() -> list[Case]:
    files = (path for path in sorted(CASES.glob("*/*.sql")) if not _is_queries(path))
    return [parse_case(path) for path in files]


def parse_case(path: Path) -> Case:
    lines = path.read_text("utf-8").splitlines()
    header = [line for line in lines if _DIRECTIVE.match(line)]
    given = _directives(path, header)
    queries = path.with_suffix(".queries.sql")
    migrations = path.with_suffix(".migrations")
    return Case(
        rule=path.parent.name,
        name=path.stem,
        setup="\n".join(line for line in lines if line not in header),
        expected=_expected(path, given["expect"]),
        servers=_servers(path, given["servers"]),
        since=int(next(iter(given["since"]), 13)),
        options=tomllib.loads("\n".join(given["option"])),
        sessions=tuple(given["session"]),
        role=next(iter(given["role"]), None),
        analyze=given["analyze"] == ["true"],
        advise=given["advise"] == ["true"],
        patches=tuple(given["patch"]),
        patches_before_remedy=tuple(given["patch-before-remedy"]),
        sent=tuple(_sent(line) for line in given["sent"]),
        cleanup=tuple(given["cleanup"]),
        queries=queries if queries.exists() else None,
        migrations=migrations if migrations.exists() else None,
    )


def _directives(path: Path, header: list[str]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {name: [] for name in (*_REPEATED, *_SINGLE)}
    for line in header:
        match = _DIRECTIVE.match(line)
        assert match is not None
        assert match[1] in given, f"{path}: unknown directive {match[1]!r}"
        given[match[1]].append(match[2].strip())
    for name in _SINGLE:
        assert len(given[name]) <= 1, f"{path}: {name} is given twice"
    assert given["expect"], f"{path}: no expect; write `-- expect: nothing` for a near miss"
    return given


def _expected(path: Path, lines: list[str]) -> tuple[Expected, ...]:
    if "nothing" in lines:
        assert lines == ["nothing"], f"{path}: expects nothing and something"
        return ()
    return tuple(_one_expected(line) for line in lines)


def _one_expected(line: str) -> Expected:
    parts: dict[str, str] = {}
    while match := _SUFFIX.search(line):
        parts[match[1]] = match[2]
        line = line[: match.start()]
    return Expected(line, **parts)


def _sent(line: str) -> tuple[int, str]:
    times, _, statement = line.partition(" ")
    return int(times), statement


def _servers(path: Path, lines: list[str]) -> tuple[str, ...]:
    servers = tuple(" ".join(lines).split()) or ("pg18",)
    assert set(servers) <= set(SERVERS), f"{path}: unknown server in {servers}"
    return servers


def _is_queries(path: Path) -> bool:
    return path.name.endswith(".queries.sql")
