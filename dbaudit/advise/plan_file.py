"""The plan file: an advice as the JSON document that people read and edit and `apply` takes.

Only what apply needs must be there; unknown keys are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import dbaudit
from dbaudit.advise.advice import (
    Advice,
    AdvisedDrop,
    AdvisedIndex,
    IndexName,
    PartitionTable,
    Served,
)
from dbaudit.errors import UsageError
from dbaudit.query import BoundQuery, Parameter, Query
from dbaudit.workload.lexer import LexError, significant, statements

SCHEMA_VERSION = 1

_JSON_TYPES = {dict: "an object", list: "an array", str: "text", int: "a number", float: "a number"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` is to do, and the statements that must become faster and not slower by it.

    `origin` is the file that it was read from.
    """

    indexes: tuple[AdvisedIndex, ...]
    drops: tuple[AdvisedDrop, ...] = ()
    statements: tuple[BoundQuery, ...] = ()
    origin: str = ""


def advice_document(
    advice: Advice, target: Mapping[str, Any], statements: Sequence[BoundQuery]
) -> dict[str, Any]:
    """The JSON of `advise`; `statements` are the bound queries that were planned for it."""
    names = {statement.name for statement in statements}
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "dbaudit", "version": dbaudit.__version__},
        "target": dict(target),
        "workload": {
            "queries": len(names | {missed.query for missed in advice.not_covered}),
            "not_covered": [asdict(missed) for missed in advice.not_covered],
            "statements": [_statement_document(statement) for statement in statements],
        },
        "cost": {"before": advice.cost_before, "after": advice.cost_after, "ratio": advice.ratio},
        "indexes": [_index_document(index) for index in advice.indexes],
        "curve": [asdict(point) for point in advice.curve],
        "drops": [asdict(drop) for drop in advice.drops],
        "rewrites": [asdict(rewrite) for rewrite in advice.rewrites],
        "statistics": [asdict(one) for one in advice.statistics],
        "rejected": [asdict(rejected) for rejected in advice.rejected],
        "queries": [asdict(query) for query in advice.queries],
        "search": asdict(advice.search),
        "notes": list(advice.notes),
    }


def read_plan_file(path: Path) -> Plan:
    """The plan in a file. Raises UsageError naming the file, the key, and what was expected."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text; expected a plan file of `advise`") from None
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from None
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply for a plan file") from None
    return parse_plan(document, str(path))


def parse_plan(document: object, origin: str) -> Plan:
    """The plan in a document of `advise`; `origin` names it in errors (UsageError)."""
    root = _Node(document, "", origin)
    version = root.number("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise root.at("schema_version").error(
            f"is {version:g}; this version of dbaudit reads {SCHEMA_VERSION}"
        )
    workload = root.child("workload")
    return Plan(
        tuple(_index(node) for node in root.items("indexes", required=True)),
        tuple(_drop(node) for node in root.items("drops")),
        tuple(_statement(node) for node in workload.items("statements")),
        origin,
    )


def _index_document(index: AdvisedIndex) -> dict[str, Any]:
    document = asdict(index)
    partitions = document["partitions"]
    return {
        **document,
        "serves": list(document["serves"]),
        "partitions": None if partitions is None else list(partitions),
    }


def _statement_document(statement: BoundQuery) -> dict[str, Any]:
    query = statement.query
    return {
        "name": query.name,
        "variant": statement.variant,
        "sql": statement.sql,
        "parameters": [parameter.name for parameter in query.parameters],
        "role": query.role,
        "settings": dict(query.settings),
        "weight": query.weight,
    }


def _index(node: _Node) -> AdvisedIndex:
    return AdvisedIndex(
        name=node.text("name"),
        schema=node.text("schema"),
        table=node.text("table"),
        method=node.text("method", ""),
        ddl=node.text("ddl"),
        undo_ddl=node.text("undo_ddl"),
        size_bytes=int(node.number("size_bytes", 0)),
        confidence=node.text("confidence", ""),
        serves=tuple(_served(item) for item in node.items("serves")),
        reason=node.text("reason", ""),
        partitions=_partitions(node),
    )


def _partitions(node: _Node) -> tuple[PartitionTable, ...] | None:
    """None where the plan does not say that the table is partitioned."""
    if node.at("partitions").value is None:
        return None
    return tuple(
        PartitionTable(
            item.text("schema"),
            item.text("table"),
            item.text("parent_schema"),
            item.text("parent_table"),
            item.flag("is_partitioned"),
        )
        for item in node.items("partitions")
    )


def _served(node: _Node) -> Served:
    return Served(node.text("query"), node.number("cost_before", 0), node.number("cost_after", 0))


def _drop(node: _Node) -> AdvisedDrop:
    return AdvisedDrop(
        name=node.text("name"),
        schema=node.text("schema", ""),
        table=node.text("table", ""),
        ddl=node.text("ddl"),
        undo_ddl=node.text("undo_ddl", ""),
        size_bytes=int(node.number("size_bytes", 0)),
        reason=node.text("reason", ""),
        replaced_by=_index_name(node.at("replaced_by")),
    )


def _index_name(node: _Node) -> IndexName | None:
    return None if node.value is None else IndexName(node.text("schema"), node.text("name"))


def _statement(node: _Node) -> BoundQuery:
    sql = _single(node, "sql")
    settings = node.child("settings")
    query = Query(
        name=node.text("name"),
        sql=sql,
        statement=sql,
        parameters=tuple(Parameter(item.as_text()) for item in node.items("parameters")),
        weight=node.number("weight", 1.0),
        role=node.text("role", "") or None,
        settings={name: settings.text(name) for name in settings.mapping},
    )
    return BoundQuery(query, sql, node.text("variant", "given"))


def _single(node: _Node, key: str) -> str:
    """One statement: what stands behind a semicolon would be run without being looked at."""
    sql, node = node.text(key), node.at(key)
    try:
        found = [piece for piece in statements(sql) if significant(piece)]
    except LexError as error:
        raise node.error(f"is no statement: {error}") from None
    if len(found) != 1:
        raise node.error(f"expected one statement, found {len(found)}")
    return sql


@dataclass(frozen=True, slots=True)
class _Node:
    """A value of the document and where it stands (a JSON pointer, RFC 6901)."""

    value: object
    pointer: str
    origin: str = field(repr=False)

    @property
    def mapping(self) -> Mapping[str, object]:
        if not isinstance(self.value, dict):
            raise self.error(f"expected an object, found {_kind(self.value)}")
        return self.value

    def error(self, problem: str) -> UsageError:
        return UsageError(f"{self.origin}: {self.pointer or '/'}: {problem}")

    def at(self, key: str | int) -> _Node:
        step = str(key).replace("~", "~0").replace("/", "~1")
        value = self.mapping.get(key) if isinstance(key, str) else None
        return _Node(value, f"{self.pointer}/{step}", self.origin)

    def child(self, key: str) -> _Node:
        """The object under a key; an empty one when it is not there."""
        node = self.at(key)
        return node if node.value is not None else _Node({}, node.pointer, self.origin)

    def items(self, key: str, *, required: bool = False) -> list[_Node]:
        if required:
            self._require(key)
        node = self.at(key)
        if node.value is None:
            return []
        if not isinstance(node.value, list):
            raise node.error(f"expected an array, found {_kind(node.value)}")
        return [_Node(v, f"{node.pointer}/{i}", self.origin) for i, v in enumerate(node.value)]

    def text(self, key: str, default: str | None = None) -> str:
        if default is None:
            self._require(key)
        node = self.at(key)
        return default if node.value is None and default is not None else node.as_text()

    def number(self, key: str, default: float) -> float:
        node = self.at(key)
        if node.value is None:
            return default
        is_number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
        if not is_number or not abs(float(str(node.value))) < float("inf"):
            raise node.error(f"expected a number, found {_kind(node.value)}")
        return float(str(node.value))

    def flag(self, key: str) -> bool:
        """A truth value; false when it is not there."""
        node = self.at(key)
        if node.value is not None and not isinstance(node.value, bool):
            raise node.error(f"expected true or false, found {_kind(node.value)}")
        return bool(node.value)

    def as_text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error(f"expected text, found {_kind(self.value)}")
        if "\0" in self.value:
            raise self.error("expected text without a zero byte, which PostgreSQL cannot take")
        return self.value

    def _require(self, key: str) -> None:
        if key in self.mapping:
            return
        near = get_close_matches(key, self.mapping, n=1)
        hint = f"; is {near[0]!r} meant to be it?" if near else ""
        raise self.error(f"the key {key!r} is missing{hint}")


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _JSON_TYPES.get(type(value), type(value).__name__)
