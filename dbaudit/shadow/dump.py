"""The target's schema and planner statistics as SQL, by pg_dump."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbaudit.errors import ShadowError
from dbaudit.shadow.source import RelationName
from dbaudit.targets.dsn import PostgresTarget, scrub
from dbaudit.targets.own_statement import APPLICATION_NAME
from dbaudit.targets.scratch import scratch_folder
from dbaudit.targets.shadow_session import libpq_environment

#: What the planner does not need, and what another server may lack.
OPTIONS = (
    "--no-data",
    "--statistics",
    "--no-privileges",
    "--no-comments",
    "--no-publications",
    "--no-subscriptions",
    "--no-security-labels",
    "--no-tablespaces",
    "--no-table-access-method",
    "--no-toast-compression",
    "--no-large-objects",
    "--encoding=UTF8",
    "--no-password",
)

#: Entries that are left out: user mappings hold passwords, the others need the outer world.
UNWANTED = frozenset({"USER MAPPING", "SERVER", "FOREIGN DATA WRAPPER", "EVENT TRIGGER"})

#: The comment that pg_dump writes before each entry (_printTocEntry in pg_backup_archiver.c).
ENTRY = re.compile(
    r"^--\n-- (?:Name|Statistics for Name|Data for Name): (?P<name>.*?);"
    r" Type: (?P<kind>[^;\n]*); Schema: (?P<schema>.*?); Owner: .*\n--\n",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a dump; `kind` is pg_dump's word for it, such as TABLE or POLICY."""

    name: str
    kind: str
    schema: str
    text: str


def dump(
    bin_dir: Path,
    target: PostgresTarget,
    excluded: Iterable[RelationName],
    lock_wait_ms: int = 5_000,
) -> list[Entry]:
    """Everything but the excluded tables and views: types, functions and extensions come along.

    Naming the tables (-t) would leave out what they depend on. Raises ShadowError with pg_dump's
    own message.
    """
    conninfo, secrets = libpq_environment(target)
    with scratch_folder() as folder:
        filter_file = folder / "filter"
        filter_file.write_text(exclusion_filter(excluded), encoding="utf-8")
        done = subprocess.run(
            [
                bin_dir / "pg_dump",
                *OPTIONS,
                f"--lock-wait-timeout={lock_wait_ms}",
                f"--filter={filter_file}",
                f"--dbname={conninfo}",
            ],
            env={**os.environ, **secrets, "PGAPPNAME": APPLICATION_NAME, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise ShadowError(f"cannot copy the schema: {_reason(done.stderr, target)}")
    return [entry for entry in entries(done.stdout.decode()) if entry.kind not in UNWANTED]


def exclusion_filter(names: Iterable[RelationName]) -> str:
    """The lines of pg_dump's --filter file that exclude these relations, one a schema.

    pg_dump asks the server once for each pattern, so a schema's names are one. A pattern is a
    regular expression outside double quotes and literal inside them; common beginnings stand in it
    once, since the server takes minutes for thousands of alternatives.
    """
    by_schema: defaultdict[str, list[str]] = defaultdict(list)
    for schema, name in names:
        by_schema[schema].append(name)
    return "".join(
        f"exclude table {_quoted(schema)}.{_alternatives(found)}\n"
        for schema, found in by_schema.items()
    )


def _alternatives(words: Iterable[str]) -> str:
    """A pattern of all words: their common beginning, then the ways in which they go on."""
    unique = sorted(set(words))
    pairs = zip(unique[0], unique[-1], strict=False)  # sorted: what these share, all share
    head = "".join(
        first for first, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs)
    )
    tails: defaultdict[str, list[str]] = defaultdict(list)
    for word in unique:
        rest = word[len(head) :]
        tails[rest[:1]].append(rest)
    start = _quoted(head) if head else ""
    if len(unique) == 1:
        return start
    ways = (_alternatives(found) for found in tails.values())
    return f"{start}({'|'.join(ways)})"


def entries(text: str) -> Iterator[Entry]:
    """A plain dump cut into entries; what stands before the first (SET …) is one too."""
    heads = list(ENTRY.finditer(text))
    starts = [head.start() for head in heads] + [len(text)]
    yield Entry("", "SETTINGS", "", text[: starts[0]])
    for head, end in zip(heads, starts[1:], strict=True):
        yield Entry(head["name"], head["kind"], head["schema"], text[head.start() : end])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _reason(stderr: bytes, target: PostgresTarget) -> str:
    """The last error line: pg_dump's later lines only name the statement (detail, query)."""
    lines = stderr.decode(errors="replace").strip().splitlines() or ["pg_dump gave no message"]
    errors = [line for line in lines if " error: " in line]
    return scrub((errors or lines)[-1], target)
