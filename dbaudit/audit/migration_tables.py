"""The rows of the tables `migration_indexes`, `…_drops`, `…_effects` and `…_claims`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbaudit.advise.try_changes import Effect, Trial, TriedIndex
from dbaudit.audit.migration_changes import (
    Changes,
    NewIndex,
    migration_name,
    replacement,
    standing,
)
from dbaudit.audit.present import TargetPresent
from dbaudit.audit.workload import Workload
from dbaudit.migration_files.claims import claimed_queries
from dbaudit.migration_files.migration import Migration, Statement


def _place(migration: Migration, statement: Statement) -> dict[str, Any]:
    return {
        "file": migration.file,
        "line": statement.line,
        "migration": migration_name(migration),
        "tool": str(migration.tool),
    }


def index_rows(changes: Changes, trial: Trial | None) -> Iterator[dict[str, Any]]:
    """Those of `migration_indexes`; without a trial what it would tell is left open."""
    for number, one in enumerate(changes.new):
        definition = one.placed or one.effect.definition
        stands = standing(one, changes.new[:number], changes.drops, changes.present)
        yield {
            **_place(one.migration, one.statement),
            "schemaname": one.placed.schema if one.placed else None,
            "tablename": definition.table,
            "indexname": one.name,
            "definition": " ".join(one.statement.text.split()),
            "amname": definition.method,
            "key_columns": [key.text for key in definition.keys],
            "is_unique": definition.unique,
            "is_partial": definition.where is not None,
            "is_concurrent": one.effect.is_concurrent,
            "is_only": one.effect.is_only,
            "is_in_transaction": one.statement.is_in_transaction,
            "is_new_table": one.is_new_table,
            "same_as": stands.same_as,
            "begins": stands.begins,
            "makes_needless": list(stands.makes_needless),
            **_existing(one, changes.present),
            **_tried(one, trial),
        }


def _existing(one: NewIndex, present: TargetPresent) -> dict[str, Any]:
    """What stands under the name already."""
    index = present.index(one.placed.schema, one.name) if one.placed and one.effect.name else None
    if index is None:
        return {"existing_definition": None, "existing_is_valid": None}
    existing = present.existing(index)[1]
    return {"existing_definition": existing.sql, "existing_is_valid": existing.is_valid}


def _tried(one: NewIndex, trial: Trial | None) -> dict[str, Any]:
    if one.placed is None or trial is None:
        reason = None if trial is None else "its table is not there"
        return {"readers": None, "size_bytes": None, "reason": reason}
    tried = trial.tried[one.placed]
    readers = trial.readers.get((one.placed.schema, one.placed.table), ())
    return {"readers": len(readers), "size_bytes": tried.size_bytes, "reason": tried.reason}


def drop_rows(changes: Changes) -> Iterator[dict[str, Any]]:
    """Those of `migration_drops`."""
    for drop in changes.drops:
        yield {
            **_place(drop.migration, drop.statement),
            "schemaname": drop.table[0],
            "tablename": drop.table[1],
            "indexname": drop.existing.name,
            "is_concurrent": drop.effect.is_concurrent,
            "is_in_transaction": drop.statement.is_in_transaction,
            "is_constraint": drop.effect.table is not None,
            "replaced_by": replacement(drop, changes.new, changes.drops, changes.present),
        }


def effect_rows(changes: Changes, trial: Trial) -> Iterator[dict[str, Any]]:
    """Those of `migration_effects`."""
    for one in changes.new:
        if one.placed is not None:
            index = (one.placed.schema, one.placed.table, one.name)
            tried: TriedIndex = trial.tried[one.placed]
            yield from (_effect(index, "used", effect) for effect in tried.used)
            yield from (_row(index, "possible", query) for query in tried.possible)
    for drop in changes.drops:
        index = (*drop.table, drop.existing.name)
        for effect in trial.losses.get((drop.table[0], drop.existing.name), ()):
            yield _effect(index, "lost", effect)


def _effect(index: tuple[str, str, str], kind: str, effect: Effect) -> dict[str, Any]:
    return {
        **_row(index, kind, effect.query),
        "cost_before": effect.cost_before,
        "cost_after": effect.cost_after,
        "factor": effect.factor,
    }


def _row(index: tuple[str, str, str], kind: str, query: str) -> dict[str, Any]:
    schema, table, name = index
    return {
        "schemaname": schema,
        "tablename": table,
        "indexname": name,
        "effect": kind,
        "query": query,
    }


def claim_rows(changes: Changes, trial: Trial, workload: Workload) -> Iterator[dict[str, Any]]:
    """Those of `migration_claims`: of registered queries that the planner took."""
    missed = {one.query for one in trial.not_covered}
    queries = {
        entry.bound.name: None
        for entry in workload.explained
        if entry.bound.query.file is not None and entry.plan and entry.bound.name not in missed
    }
    tables = changes.present.catalog.tables
    names = {name for _, name in tables} | {c for table in tables.values() for c in table.columns}
    for one in changes.new:
        if one.placed is None:
            continue
        own = [one.placed.table, *(key.text for key in one.placed.keys), *one.placed.include]
        readers = trial.readers.get((one.placed.schema, one.placed.table), ())
        for claim in claimed_queries(one.statement.comment, one.name, queries, own, names):
            yield {
                "file": one.migration.file,
                "line": one.statement.line,
                "schemaname": one.placed.schema,
                "tablename": one.placed.table,
                "indexname": one.name,
                "query": claim.query,
                "source": claim.source,
                "is_reader": claim.query in readers,
            }
