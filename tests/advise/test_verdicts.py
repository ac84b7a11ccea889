"""Which verdicts still count, and what a search makes of them, without a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbaudit.advise.advice_table import taken_back_table
from dbaudit.advise.catalog import Catalog, TableFacts
from dbaudit.advise.pricing import Prices
from dbaudit.advise.problem import SearchOptions
from dbaudit.advise.roles import essence
from dbaudit.advise.search import search
from dbaudit.advise.verdicts import TakenBack, Verdicts, objection, still_told
from dbaudit.workload.fingerprint import fingerprint
from tests.advise.test_search import Numbers, candidate, columns, index_on, item, problem

OLD = frozenset([fingerprint("old")])
TRIED = [candidate("a", queries=["old", "new"])]


def told(taken: TakenBack, rows: float = 1000) -> bool:
    catalog = Catalog({("public", "t"): TableFacts("public", "t", 100, rows, {})})
    verdicts = Verdicts({essence(index_on("a")): taken})
    return bool(still_told(verdicts, TRIED, catalog))


@pytest.mark.parametrize(("rows", "counts"), [(501, True), (1999, True), (500, False), (0, False)])
def test_a_table_of_another_size_is_another_matter(rows: float, counts: bool) -> None:
    assert told(TakenBack("slow", table_rows=1000), rows) is counts
    assert told(TakenBack("slow"), rows)


def test_the_rules_are_told_what_still_counts() -> None:
    catalog = Catalog({("public", "t"): TableFacts("public", "t", 100, 1000, {})})
    gone = replace(index_on("a"), table="dropped")
    taken = {essence(index_on("a")): TakenBack("slow"), essence(gone): TakenBack("slow")}
    (row,) = taken_back_table(Verdicts(taken), catalog).to_dict("records")
    assert (row["tablename"], row["key_columns"], row["amname"]) == ("t", ["a"], "btree")
    outgrown = {essence(index_on("a")): TakenBack("slow", table_rows=100)}
    assert taken_back_table(Verdicts(outgrown), catalog).empty


def test_an_index_is_known_in_another_spelling_and_by_its_predicate() -> None:
    partial = replace(index_on("a"), where="(status = 'open'::text)")
    catalog = Catalog({("public", "t"): TableFacts("public", "t", 100, 1000, {})})
    verdicts = Verdicts({essence(partial): TakenBack("slow")})
    alike = replace(index_on("a"), where="status = 'open'", options=(("fillfactor", "70"),))
    for index, is_known in ((alike, True), (index_on("a"), False)):
        tried = [replace(TRIED[0], indexes=frozenset([index]))]
        assert bool(still_told(verdicts, tried, catalog)) is is_known


def test_it_must_not_be_built_for_the_queries_that_it_was_measured_by() -> None:
    index, by_old = index_on("a"), {index_on("a"): TakenBack("slow", OLD)}
    assert objection([index], [item("old")], by_old) == "slow"
    assert objection([index], [item("old"), item("new")], by_old) is None
    assert objection([index_on("b")], [item("old")], by_old) is None
    by_nobody_knows = {index: TakenBack("slow")}
    assert objection([index], [item("new")], by_nobody_knows) == "slow"


def test_the_search_goes_on_without_it() -> None:
    """Also where it is a candidate of a new query, which gains by another one."""
    costs = {"old": {(): 1000, ("a",): 10, ("b",): 50}, "new": {(): 1000, ("c",): 10}}
    tried = [*TRIED, candidate("b", queries=["old"]), candidate("c", queries=["new"])]
    by_old = {index_on("a"): TakenBack("slow", OLD)}
    task = replace(
        problem([item("old"), item("new")], tried, {"a": 1 << 10, "c": 1 << 30}),
        refused=lambda indexes, served: objection(indexes, served, by_old),
    )
    found = search(task, Prices(Numbers(costs)), SearchOptions())
    assert columns(found) == {"b", "c"}
    assert list(found.barred.values()) == ["slow"]
