"""Plans of partitioned tables, cut to one partition of each."""

from __future__ import annotations

from typing import Any

from dbaudit.advise.catalog import Catalog
from dbaudit.advise.partition_scans import one_partition_each, relations

PARENTS = {("s", f"m_{n}"): ("s", "m") for n in range(100)} | {("s", "o_1"): ("s", "o")}


def scan(table: str, **more: Any) -> dict[str, Any]:
    return {"Node Type": "Seq Scan", "Schema": "s", "Relation Name": table, **more}


def over(kind: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"Node Type": kind, "Plans": list(children)}


def left(plan: dict[str, Any]) -> list[str]:
    kept = one_partition_each(plan, Catalog({}, partition_parents=PARENTS))
    return [name for _, name in relations(kept)]


def test_of_many_partitions_the_first_stands() -> None:
    plan = over("Sort", over("Append", *(scan(f"m_{n}") for n in range(100))))
    assert left(plan) == ["m_0"]
    assert len(list(relations(plan))) == 100


def test_partitions_below_other_nodes_count_too() -> None:
    assert left(over("Merge Append", *(over("Sort", scan(f"m_{n}")) for n in (3, 4)))) == ["m_3"]


def test_joins_of_partitions_are_told_apart_by_both_tables() -> None:
    joins = [
        over("Hash Join", scan("m_1"), scan("o_1")),
        over("Hash Join", scan("m_2"), scan("o_1")),
    ]
    assert left(over("Append", *joins, scan("m_5"))) == ["m_1", "o_1", "m_5"]


def test_a_union_of_tables_stays_whole() -> None:
    plan = over("Append", scan("logs_1"), scan("logs_2"), scan("logs_2"), scan("m_1"))
    assert left(plan) == ["logs_1", "logs_2", "logs_2", "m_1"]
