"""Estimated sizes of indexes beside real builds, by a sample and by statistics alone.

The tables and indexes are those of the tests: clustered, skewed, correlated, NULL, wide and
partial keys, the elements of each kind of GIN, what GiST keeps of values.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from dbaudit.index_definition import IndexDefinition
from dbaudit.shadow.shadow import Shadow
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.sample import TargetSample
from dbaudit.targets.session import connect
from tests.conftest import create_database
from tests.shadow import test_gin_size, test_gist_size, test_sizes, test_sizes_sampled

_REAL = """
select sum(pg_relation_size(oid))::bigint from (
    select 'built'::regclass::oid union select relid::oid from pg_partition_tree('built')
) as members (oid)
"""


@dataclass(frozen=True, slots=True)
class Material:
    """A script that fills a database, and the indexes to size there."""

    sql: str
    indexes: Mapping[str, IndexDefinition]


@dataclass(frozen=True, slots=True)
class Sized:
    """One index: bytes when built, estimated by a sample, and by statistics."""

    name: str
    method: str
    real: int
    sampled: int
    planned: int

    @property
    def line(self) -> str:
        """The sizes in pages, and the estimates as a share of the real one."""
        return (
            f"{self.method:7}{self.name:33}{self.real // 8192:8,}{self.sampled // 8192:9,}"
            f"{self.sampled / self.real:7.2f}{self.planned / self.real:12.2f}"
        )


MATERIAL = (
    Material(test_sizes.WIDE, test_sizes.CASES),
    Material(test_sizes_sampled.VARIED, test_sizes_sampled.CASES),
    Material(test_gin_size.DOCUMENTS, test_gin_size.CASES),
    Material(
        test_gist_size.SPANS,
        {name: test_gist_size.definition(name) for name in test_gist_size.CASES},
    ),
)


def main() -> None:
    print(f"{'index':40}{'pages':>8}{'sampled':>9}{'ratio':>7}{'statistics':>12}")
    sized: list[Sized] = []
    with Cluster(settings=THROWAWAY) as cluster:
        for material in MATERIAL:
            sized += _measured(create_database(cluster, material.sql), material.indexes)
    by_method: defaultdict[str, list[Sized]] = defaultdict(list)
    for one in sized:
        by_method[one.method].append(one)
    for method, some in by_method.items():
        sampled = _errors([one.sampled / one.real for one in some])
        planned = _errors([one.planned / one.real for one in some])
        print(f"{method}: {len(some)} indexes, by a sample {sampled}; by statistics {planned}")


def _measured(dsn: str, indexes: Mapping[str, IndexDefinition]) -> list[Sized]:
    target = PostgresTarget(dsn)
    tables = {(index.schema, index.table) for index in indexes.values()}
    with (
        connect(target) as session,
        Shadow(target, tables, sampler=TargetSample(session)) as sampled,
        Shadow(target, tables) as planned,
    ):
        begun = time.perf_counter()
        sampled.prepare(list(indexes.values()))
        half = time.perf_counter()
        planned.prepare(list(indexes.values()))
        done = time.perf_counter()
        found = [
            Sized(
                name,
                index.method,
                _built_bytes(dsn, index),
                sampled.size_bytes(index),
                planned.size_bytes(index),
            )
            for name, index in indexes.items()
        ]
    for one in found:
        print(one.line)
    print(f"  prepared in {half - begun:.1f} s with a sample, {done - half:.1f} s without")
    return found


def _built_bytes(dsn: str, index: IndexDefinition) -> int:
    with psycopg.connect(dsn) as connection:
        connection.execute(index.ddl("built", concurrently=False).encode())
        row = connection.execute(_REAL.encode()).fetchone()
        connection.rollback()
    assert row is not None
    return int(row[0])


def _errors(ratios: Sequence[float]) -> str:
    errors = [abs(ratio - 1) for ratio in ratios]
    return f"median error {statistics.median(errors):.1%}, worst {max(errors):.0%}"
