from __future__ import annotations

from dbaudit.advise.advice import (
    Advice,
    AdvisedIndex,
    AdvisedQuery,
    IndexLoss,
    RefusedIndex,
    SearchFacts,
    Served,
)
from dbaudit.advise.advice_table import advice_table, losses_table, refused_table
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.snapshot.schema import schema


def test_a_row_sums_the_weighted_costs() -> None:
    served = (Served("q", 100.0, 10.0), Served("r", 50.0, 25.0))
    index = AdvisedIndex(
        "i", "s", "t", "btree", "CREATE …", "DROP …", 8192, "likely", served, "why"
    )
    queries = (AdvisedQuery("q", 3.0, 100, 10, {}, {}), AdvisedQuery("r", 1.0, 50, 25, {}, {}))
    facts = SearchFacts("shadow", "18.6", 1, 0.1)
    advice = Advice(1, 1, (index,), (), (), queries, (), facts)
    frame = advice_table(advice, lambda index: ([index.ddl], [index.undo_ddl]))
    assert tuple(frame.columns) == tuple(schema()["index_advice"].column_names)
    row = frame.iloc[0]
    assert (row["cost_before"], row["cost_after"], row["best_gain"]) == (350.0, 55.0, 10.0)
    assert row["queries"] == ["q", "r"]
    assert (row["statements"], row["undo_statements"]) == (["CREATE …"], ["DROP …"])


def test_an_index_that_nobody_misses_has_no_query() -> None:
    losses = (IndexLoss("s", "t", "missed", "q", 10.0, 15.0), IndexLoss("s", "t", "not_missed"))
    facts = SearchFacts("shadow", "18.6", 1, 0.1)
    frame = losses_table(Advice(1, 1, (), (), (), (), (), facts, losses=losses))
    assert tuple(frame.columns) == tuple(schema()["index_losses"].column_names)
    assert list(frame["query"].isna()) == [False, True]
    assert list(frame["factor"]) == [1.5, 1.0]


def test_an_index_that_was_left_out_has_its_queries_and_the_reason() -> None:
    index = IndexDefinition("s", "t", (IndexKey("a"), IndexKey("lower(b)", is_expression=True)))
    refused = (RefusedIndex(index, ("q", "r"), True, "why"),)
    facts = SearchFacts("shadow", "18.6", 1, 0.1)
    frame = refused_table(Advice(1, 1, (), (), (), (), (), facts, refused=refused))
    assert tuple(frame.columns) == tuple(schema()["refused_indexes"].column_names)
    row = frame.iloc[0]
    assert (row["key_columns"], row["amname"]) == (["a", "lower(b)"], "btree")
    assert (row["queries"], row["gains"], row["reason"]) == (["q", "r"], True, "why")
