"""What fuzzing begins with: what servers and people really write."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from tests.migrate.plans import BY_HASH, HASH_INDEX, plan_document
from tests.trace.test_trace_file import LINE

_FOLDER = Path(__file__).parent / "seeds"
_EXAMPLES = Path(__file__).parents[2] / "examples"

#: As a server wrote them: parts of statements, plans, errors, a function's context.
STDERR, CSVLOG, JSONLOG = (
    (_FOLDER / f"server.{end}").read_bytes() for end in ("log", "csv", "json")
)


def _syslog() -> bytes:
    """The server's log as rsyslog writes it: each message numbered, its lines apart."""
    lines: list[str] = []
    number = part = 0
    for line in STDERR.decode().splitlines():
        is_first = not line.startswith("\t")
        number += is_first
        part = 1 if is_first else part + 1
        text = line.replace("\t", "#011")
        lines.append(f"Nov 21 19:49:24 db1 postgres[2158]: [{number}-{part}] {text}")
    return "\n".join(lines).encode() + b"\n"


def _trace() -> bytes:
    loop = {**LINE, "statement": "select * from book where author_id = %s"}
    lines = [{**loop, "time": 1000 + n / 100, "parameters": [str(n)]} for n in range(12)]
    lines[3] |= {"error": "UniqueViolation", "calls": 5}
    lines[4] |= {"parameters": ["h:0a1b2c3d4e5f6071"], "parameter_count": 9}
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _loop() -> bytes:
    """An N+1, row-by-row writes, and a query that is repeated."""
    head = "2026-11-21 15:57:39.{:03} UTC [7] app@shop LOG:  duration: 0.500 ms  {}\n"
    sent = ["statement: SELECT id, name FROM author /*route='%2Fa'*/"]
    sent += [f"statement: SELECT title FROM book WHERE author_id = {n}" for n in range(8)]
    sent += [f"statement: INSERT INTO note (a, b) VALUES ({n}, 'x')" for n in range(12)]
    sent += ["execute S_1: SELECT * FROM setting WHERE name = 'a'"] * 6
    return "".join(head.format(n, text) for n, text in enumerate(sent)).encode()


_PREFIXES = (
    "%m [%p] %q%u@%d ",
    "%t:%r:%u@%d:[%p]: ",
    "%n %c-%l %v %x %Q %a",
    "<%% %-10u|%e> %i %h",
)
_STATEMENTS = (
    "select a, 'it''s', E'\\'x', $$ d $$, u&'\\0041' from t as \"T\" where b in (1, 2, 3) -- c",
    "insert into t (a, b) values ($1, 1e-3), (:name, B'01') on conflict do nothing",
    "update t set a = a || '{\"k\": 1}'::jsonb /* /* nested */ */ where x ->> 'k' = %(v)s",
    "with q as materialized (delete from t where id = any($1) returning *) select * from q limit 5",
    'savepoint "s1"; release savepoint s1',
)


def _config() -> bytes:
    """The example with every key."""
    text = (_EXAMPLES / "dbaudit.toml").read_text("utf-8")
    return re.sub(r"(?m)^# (?=\w+ = )", "", text).encode()


def _plan() -> bytes:
    drop = {
        "name": "old",
        "schema": "public",
        "table": "docs",
        "ddl": "DROP INDEX CONCURRENTLY old",
    }
    return json.dumps(plan_document([HASH_INDEX], [BY_HASH], [drop])).encode()


_UP = b"""-- dbaudit
SET lock_timeout = '3s';
CREATE UNIQUE INDEX CONCURRENTLY "a b" ON public.docs USING btree (lower(hash) DESC, id)
    INCLUDE (owner) WHERE x > 1;
DROP INDEX CONCURRENTLY IF EXISTS public.old;
"""


def _plans() -> Sequence[bytes]:
    """Plans as auto_explain logs them, in text also without the statement before them."""
    documents = [
        plan.replace("\n\t", "\n")
        for plan in re.findall(r"plan:\n\t((?:.*\n\t)*.*)\n", STDERR.decode())
    ]
    bare = [re.sub(r"(?s)\AQuery.*?\n(?=\w.*\(cost=)", "", document) for document in documents]
    return [document.encode() for document in {*documents, *bare}]


def _query_files() -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted(_EXAMPLES.rglob("*.sql"))[:12]]


#: By target.
SEEDS: dict[str, Sequence[bytes]] = {
    "stderr": [STDERR, _loop()],
    "csv": [CSVLOG],
    "json": [JSONLOG],
    "syslog": [_syslog()],
    "trace": [_trace()],
    "log": [STDERR[:3000], CSVLOG[:3000], JSONLOG[:3000], _syslog()[:3000], _trace()[:1000]],
    "log_line_prefix": [prefix.encode() for prefix in _PREFIXES],
    "statement": [statement.encode() for statement in _STATEMENTS],
    "logged_plan": sorted(_plans()),
    "query_file": _query_files(),
    "plan_file": [_plan()],
    "migration_file": [_UP],
    "config": [_config()],
}
