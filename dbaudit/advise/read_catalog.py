"""The advisor's catalog out of a snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from dbaudit.advise.catalog import (
    NEWEST_VERSION_NUM,
    PAGE_BYTES,
    SHARED_BUFFERS,
    Activity,
    Catalog,
    ColumnFacts,
    ExistingIndex,
    ForeignKey,
    TableFacts,
    TableName,
)
from dbaudit.identifiers import quote_ident
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.snapshot.snapshot import Snapshot

#: A tuple's header and line pointer (SizeofHeapTupleHeader, aligned, and ItemIdData), and a page's.
_ROW_OVERHEAD, _PAGE_HEADER = 28, 24

_Row = Mapping[str, Any]

_DEFAULT_COLLATION = "default"


def read_catalog(snapshot: Snapshot) -> Catalog:
    """What the advisor needs of the snapshot; a table that was not collected counts as empty."""
    parents = {
        _name(row): (row["parent_schemaname"], row["parent_tablename"])
        for row in _rows(snapshot, "partitions")
    }
    columns, indexes = _columns(snapshot), _indexes(snapshot)
    database = next((d for d in _rows(snapshot, "databases") if bool(d["is_current"])), {})
    age = _number(database.get("stats_age_seconds"))
    settings = {row["name"]: row for row in _rows(snapshot, "settings")}
    buffers = settings.get("shared_buffers", {})
    tables = {
        _name(row): _table(row, columns[_name(row)], tuple(indexes[_name(row)]), age)
        for row in _rows(snapshot, "tables")
    }
    catalog = Catalog(
        tables=tables,
        foreign_keys=tuple(_foreign_keys(snapshot)),
        partition_parents=parents,
        extensions={row["extname"]: row["schemaname"] for row in _rows(snapshot, "extensions")},
        relation_names=_relation_names(snapshot),
        version_num=int(_number(database.get("server_version_num"), NEWEST_VERSION_NUM)),
        shared_buffers_pages=_number(buffers.get("setting_bytes"), SHARED_BUFFERS) / PAGE_BYTES,
        seq_page_cost=float(settings.get("seq_page_cost", {}).get("setting", 1.0)),
    )
    return _with_partitions_summed(catalog)


def _relation_names(snapshot: Snapshot) -> frozenset[tuple[str, str]]:
    taken = [(row["schemaname"], row["tablename"]) for row in _rows(snapshot, "tables")]
    taken += [(row["schemaname"], row["indexname"]) for row in _rows(snapshot, "indexes")]
    taken += [(row["schemaname"], row["sequencename"]) for row in _rows(snapshot, "sequences")]
    return frozenset(taken)


def _rows(snapshot: Snapshot, table: str) -> Iterator[_Row]:
    frame = snapshot.frame(table)
    names = list(frame.columns)
    for values in frame.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))


def _name(row: _Row) -> TableName:
    return row["schemaname"], row["tablename"]


def _is_null(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _number(value: Any, default: float = 0.0) -> float:
    return default if _is_null(value) else float(value)


def _greatest(values: Any) -> float:
    return 0.0 if _is_null(values) else max(map(float, values), default=0.0)


def _texts(value: Any) -> tuple[str, ...]:
    return () if _is_null(value) else tuple(str(item) for item in value)


def _table(
    row: _Row,
    columns: Mapping[str, ColumnFacts],
    indexes: tuple[ExistingIndex, ...],
    age_seconds: float,
) -> TableFacts:
    pages, rows = _planner_counts(row, columns.values())
    return TableFacts(
        schema=row["schemaname"],
        name=row["tablename"],
        pages=pages,
        rows=rows,
        columns={
            name: _with_absolute_distinct(column, max(rows, 1)) for name, column in columns.items()
        },
        indexes=indexes,
        activity=Activity(
            inserted=_number(row["n_tup_ins"]),
            updated=_number(row["n_tup_upd"]),
            hot_updated=_number(row["n_tup_hot_upd"]),
            deleted=_number(row["n_tup_del"]),
            scans=_number(row["seq_scan"]) + _number(row["idx_scan"]),
            age_seconds=age_seconds,
        ),
        fillfactor=int(_number(row["fillfactor"], 100)),
        is_partitioned=row["relkind"] == "p",
    )


def _planner_counts(row: _Row, columns: Iterable[ColumnFacts]) -> tuple[float, float]:
    """Pages and rows as the planner takes them (estimate_rel_size in plancat.c): the file's pages,
    and on each as many rows as ANALYZE found, or as there is room for by the columns' types."""
    known_pages, known_rows = max(_number(row["relpages"]), 0.0), _number(row["reltuples"], -1)
    size = row["heap_size_bytes"]
    pages = known_pages if _is_null(size) else float(size) / PAGE_BYTES
    if known_pages > 0 and known_rows >= 0:
        return pages, known_rows * pages / known_pages
    if known_rows > 0:
        return pages, known_rows
    width = _ROW_OVERHEAD + sum(column.avg_width for column in columns)
    return pages, float(int(pages * (PAGE_BYTES - _PAGE_HEADER) / width))


def _with_absolute_distinct(column: ColumnFacts, rows: float) -> ColumnFacts:
    """pg_stats.n_distinct below 0 is the negated share of the rows."""
    if column.distinct is None or column.distinct >= 0:
        return column
    return replace(column, distinct=-column.distinct * rows)


def _columns(snapshot: Snapshot) -> defaultdict[TableName, dict[str, ColumnFacts]]:
    stats = _column_stats(snapshot)
    columns: defaultdict[TableName, dict[str, ColumnFacts]] = defaultdict(dict)
    for row in _rows(snapshot, "columns"):
        found = stats.get((*_name(row), row["attname"]), {})
        columns[_name(row)][row["attname"]] = _column(row, found)
    return columns


def _column_stats(snapshot: Snapshot) -> dict[tuple[str, str, str], _Row]:
    """Statistics by column; those with the children's rows where a table has both."""
    rows = sorted(_rows(snapshot, "column_stats"), key=lambda row: bool(row["inherited"]))
    return {(*_name(row), row["attname"]): row for row in rows}


def _column(row: _Row, stats: _Row) -> ColumnFacts:
    declared = _number(row["typlen"], -1)
    correlation = stats.get("correlation")
    return ColumnFacts(
        name=row["attname"],
        typname=row["typname"],
        avg_width=_number(stats.get("avg_width"), declared if declared > 0 else 32),
        has_statistics=bool(stats),
        distinct=_number(stats["n_distinct"]) if stats else None,
        most_common_freq=_greatest(stats.get("most_common_freqs")),
        null_frac=_number(stats.get("null_frac")),
        correlation=None if _is_null(correlation) else float(correlation),  # type: ignore[arg-type]
        is_c_collation=row["is_c_collation"] is not False,
        is_deterministic=row["is_deterministic"] is not False,
        not_null=bool(row["not_null"]),
    )


def _indexes(snapshot: Snapshot) -> defaultdict[TableName, list[ExistingIndex]]:
    keys = _index_keys(snapshot, _collations(snapshot))
    indexes: defaultdict[TableName, list[ExistingIndex]] = defaultdict(list)
    for row in _rows(snapshot, "indexes"):
        indexes[_name(row)].append(_index(row, keys[row["schemaname"], row["indexname"]]))
    return indexes


def _collations(snapshot: Snapshot) -> defaultdict[TableName, dict[str, str]]:
    """The collations of a table's columns, where they are not the default."""
    found: defaultdict[TableName, dict[str, str]] = defaultdict(dict)
    for row in _rows(snapshot, "columns"):
        if not _is_null(row["collation_name"]):
            found[_name(row)][row["attname"]] = row["collation_name"]
    return found


def _index_keys(
    snapshot: Snapshot, collations: defaultdict[TableName, dict[str, str]]
) -> defaultdict[tuple[str, str], list[IndexKey]]:
    keys: defaultdict[tuple[str, str], list[IndexKey]] = defaultdict(list)
    rows = sorted(_rows(snapshot, "index_columns"), key=lambda row: int(row["position"]))
    for row in rows:
        if row["is_key"]:
            keys[row["schemaname"], row["indexname"]].append(_key(row, collations[_name(row)]))
    return keys


def _key(row: _Row, collations: Mapping[str, str]) -> IndexKey:
    """`collations` are those of the table's columns."""
    is_expression = _is_null(row["attname"])
    descending = bool(row["is_descending"])
    nulls_first = bool(row["is_nulls_first"])
    return IndexKey(
        text=row["expression"] if is_expression else row["attname"],
        is_expression=is_expression,
        collation=_own_collation(row, collations),
        opclass=None if row["is_default_opclass"] else quote_ident(row["opcname"]),
        descending=descending,
        nulls_first=None if nulls_first == descending else nulls_first,
    )


def _own_collation(row: _Row, collations: Mapping[str, str]) -> str | None:
    """The key's collation where it is not the column's; an expression has one of its columns'."""
    collation = row["collation_name"]
    if _is_null(collation):
        return None
    inherited = (
        {_DEFAULT_COLLATION, *collations.values()}
        if _is_null(row["attname"])
        else {collations.get(row["attname"], _DEFAULT_COLLATION)}
    )
    return None if collation in inherited else quote_ident(collation)


def _index(row: _Row, keys: list[IndexKey]) -> ExistingIndex:
    return ExistingIndex(
        name=row["indexname"],
        definition=IndexDefinition(
            schema=row["schemaname"],
            table=row["tablename"],
            keys=tuple(keys),
            method=row["amname"],
            include=_texts(row["include_columns"]),
            where=None if _is_null(row["predicate"]) else row["predicate"],
            unique=bool(row["indisunique"]),
        ),
        sql=row["definition"],
        size_bytes=int(_number(row["size_bytes"])),
        is_valid=bool(row["indisvalid"]),
        oid=int(row["oid"]),
        kept_because=_kept_because(row),
    )


def _kept_because(row: _Row) -> str | None:
    """Why the index must stay, whatever reads it."""
    reasons = (
        (not _is_null(row["conname"]), f"it backs the constraint {row['conname']}"),
        (row["indisunique"], "it enforces uniqueness"),
        (row["is_fk_target"], "a foreign key relies on it"),
        (row["indisreplident"], "it is the replica identity"),
        (row["indisclustered"], "the table is clustered on it"),
        (not _is_null(row["parent_oid"]), "it is part of a partitioned index"),
        (not _is_null(row["extname"]), f"it belongs to the extension {row['extname']}"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def _foreign_keys(snapshot: Snapshot) -> Iterator[ForeignKey]:
    for row in _rows(snapshot, "constraints"):
        if row["contype"] == "f" and not row["is_inherited"]:
            yield ForeignKey(
                name=row["conname"],
                child=_name(row),
                child_columns=_texts(row["columns"]),
                parent=(row["referenced_schemaname"], row["referenced_tablename"]),
                parent_columns=_texts(row["referenced_columns"]),
                on_delete=row["confdeltype"],
            )


def _with_partitions_summed(catalog: Catalog) -> Catalog:
    """A partitioned table has no storage of its own: its pages and activity are the partitions'."""
    sums: defaultdict[TableName, list[TableFacts]] = defaultdict(list)
    for name, table in catalog.tables.items():
        if name in catalog.partition_parents and not table.is_partitioned:
            sums[catalog.root(name)].append(table)
    tables = {
        name: _summed(table, sums[name]) if table.is_partitioned and name in sums else table
        for name, table in catalog.tables.items()
    }
    return replace(catalog, tables=tables)


def _summed(table: TableFacts, partitions: list[TableFacts]) -> TableFacts:
    activities = [partition.activity for partition in partitions]
    return replace(
        table,
        pages=sum(partition.pages for partition in partitions),
        rows=sum(partition.rows for partition in partitions),
        activity=Activity(
            inserted=sum(a.inserted for a in activities),
            updated=sum(a.updated for a in activities),
            hot_updated=sum(a.hot_updated for a in activities),
            deleted=sum(a.deleted for a in activities),
            scans=sum(a.scans for a in activities),
            age_seconds=max(a.age_seconds for a in activities),
        ),
        fillfactor=min(partition.fillfactor for partition in partitions),
    )
