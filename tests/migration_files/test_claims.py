"""Which query an index says it is for; prose is no claim."""

from __future__ import annotations

import pytest

from dbaudit.migration_files.claims import Claim, claimed_queries

_QUERIES = ("search_by_title", "orders", "orders_of_customer", "order_items", "topTen")
_OWN = ("orders", "customer_id", "title")
_NAMES = ("orders", "order_items", "customer_id")


@pytest.mark.parametrize(
    ("comment", "index", "claims"),
    [
        ("for: search_by_title", "x", [Claim("search_by_title", "comment")]),
        ("makes search_by_title quick", "x", [Claim("search_by_title", "comment")]),
        ("the topTen page", "x", [Claim("topTen", "comment")]),
        ("serves: orders (cost 5 to 1)", "x", [Claim("orders", "comment")]),
        ("for: orders, topTen", "x", [Claim("orders", "comment"), Claim("topTen", "comment")]),
        ("", "ix_search_by_title", [Claim("search_by_title", "name")]),
        ("for: search_by_title", "search_by_title", [Claim("search_by_title", "comment")]),
        ("", "Orders-of-customer", [Claim("orders_of_customer", "name")]),
        ("speeds up orders", "x", []),
        ("for the order_items of orders", "x", []),
        ("unlike search_by_title_2", "x", []),
        ("", "ix_orders_customer_id", []),
        ("", "ix_research_by_titles", []),
        ("", "orders_idx", []),
    ],
)
def test_claims(comment: str, index: str, claims: list[Claim]) -> None:
    assert claimed_queries(comment, index, _QUERIES, _OWN, _NAMES) == claims


def test_a_name_that_only_says_table_and_keys_claims_nothing() -> None:
    own = ("orders", "customer_id")
    queries = ("orders_customer",)
    assert claimed_queries("", "orders_customer_id", queries, own, ()) == []
