"""Indexes as values: their names tell them apart."""

from __future__ import annotations

import pytest

from dbaudit.identifiers import MAX_IDENTIFIER_BYTES
from dbaudit.index_definition import IndexDefinition, IndexKey


def name(where: str | None, *keys: str) -> str:
    return IndexDefinition("public", "t", tuple(map(IndexKey, keys)), where=where).name


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, "t_a_idx"),
        ("not flag", "t_a_where_not_flag_idx"),
        ("deleted_at is null", "t_a_where_deleted_at_is_null_idx"),
        ("meta->>'k' = 'web'", "t_a_where_meta_k_web_idx"),
        ("(status)::text <> 'Open'::character varying(9)", "t_a_where_status_not_open_idx"),
        ("status = 'open'::app.\"Odd type\"", "t_a_where_status_open_idx"),
    ],
)
def test_a_partial_index_is_named_by_its_predicate(where: str | None, expected: str) -> None:
    assert name(where, "a") == expected


def test_a_long_predicate_leaves_its_values() -> None:
    keys = ["column_with_a_long_name", "another"]
    where = "some_other_column_of_the_table = 'x'"
    assert name(where, *keys) == "t_column_with_a_long_name_another_where_x_idx"


def test_names_without_room_differ_all_the_same() -> None:
    keys = ["k" * 40, "another_long_name"]
    names = {name(f"status = '{value}'", *keys) for value in ("open", "closed")}
    assert len(names) == 2
    assert all(len(one.encode()) <= MAX_IDENTIFIER_BYTES for one in names)


def test_an_expression_makes_no_name_that_must_be_quoted() -> None:
    zone = IndexKey("(at AT TIME ZONE 'Europe/Berlin')::date", is_expression=True)
    assert (
        IndexDefinition("public", "t", (zone,)).name == "t_at_at_time_zone_europe_berlin_date_idx"
    )
    assert IndexDefinition("public", "t", (IndexKey("Key"),)).name == "t_Key_idx"
