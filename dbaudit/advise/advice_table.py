"""The snapshot tables of an advice, and of what `apply` measured of earlier ones."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from dbaudit.advise.advice import Advice, AdvisedIndex
from dbaudit.advise.catalog import Catalog
from dbaudit.advise.verdicts import Verdicts, still_taken_back
from dbaudit.index_definition import IndexDefinition
from dbaudit.snapshot.snapshot import frame_of

#: The statements that build an index, and those that take it back.
Statements = Callable[[AdvisedIndex], tuple[list[str], list[str]]]


def advice_table(advice: Advice, statements: Statements) -> pd.DataFrame:
    """One row for each advised index, with the columns of `schema.toml`."""
    weights = {query.name: query.weight for query in advice.queries}
    rows = [_row(index, weights, statements) for index in advice.indexes]
    return frame_of("index_advice", rows)


def losses_table(advice: Advice) -> pd.DataFrame:
    """One row for each redundant existing index, with the columns of `schema.toml`."""
    rows = [
        {
            "schemaname": loss.schema,
            "tablename": loss.table,
            "indexname": loss.index,
            "query": loss.query or None,
            "cost_before": loss.cost_before if loss.query else None,
            "cost_after": loss.cost_after if loss.query else None,
            "factor": loss.factor,
        }
        for loss in advice.losses
    ]
    return frame_of("index_losses", rows)


def refused_table(advice: Advice) -> pd.DataFrame:
    """One row for each index that was left out, with the columns of `schema.toml`."""
    rows = [
        {
            **_keys(refused.index),
            "queries": list(refused.queries),
            "gains": refused.gains,
            "reason": refused.reason,
        }
        for refused in advice.refused
    ]
    return frame_of("refused_indexes", rows)


def missed_table(verdicts: Verdicts) -> pd.DataFrame:
    """One row for each index whose drop was missed, with the columns of `schema.toml`."""
    rows = [
        {"schemaname": schema, "indexname": name, "reason": reason}
        for (schema, name), reason in verdicts.missed.items()
    ]
    return frame_of("missed_indexes", rows)


def taken_back_table(verdicts: Verdicts, catalog: Catalog) -> pd.DataFrame:
    """One row for each index that was taken back, with the columns of `schema.toml`."""
    rows = [
        {**_keys(index), "reason": taken.reason}
        for index, taken in still_taken_back(verdicts, catalog).items()
    ]
    return frame_of("taken_back_indexes", rows)


def _keys(index: IndexDefinition) -> dict[str, object]:
    return {
        "schemaname": index.schema,
        "tablename": index.table,
        "key_columns": [key.text for key in index.keys],
        "amname": index.method,
        "predicate": index.where,
    }


def _row(
    index: AdvisedIndex, weights: dict[str, float], statements: Statements
) -> dict[str, object]:
    served = index.serves
    up, down = statements(index)
    return {
        "schemaname": index.schema,
        "tablename": index.table,
        "indexname": index.name,
        "amname": index.method,
        "ddl": index.ddl,
        "undo_ddl": index.undo_ddl,
        "size_bytes": index.size_bytes,
        "confidence": index.confidence,
        "queries": [one.query for one in served],
        "cost_before": sum(weights.get(one.query, 1.0) * one.cost_before for one in served),
        "cost_after": sum(weights.get(one.query, 1.0) * one.cost_after for one in served),
        "best_gain": max(
            (one.cost_before / max(one.cost_after, 0.01) for one in served), default=1
        ),
        "reason": index.reason,
        "statements": up,
        "undo_statements": down,
    }
