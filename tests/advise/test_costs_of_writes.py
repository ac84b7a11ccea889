"""What the workload writes, the lookups behind foreign keys, and what indexes cost writes."""

from __future__ import annotations

import pytest

from dbaudit.advise.catalog import Activity, Catalog, ColumnFacts, ForeignKey, TableFacts
from dbaudit.advise.changes import UPDATE, Change, changes, updated_columns
from dbaudit.advise.foreign_keys import lookups
from dbaudit.advise.items import PlannedQuery
from dbaudit.advise.workload import Item, Statement
from dbaudit.advise.write_cost import (
    TableWrites,
    Update,
    entry_units,
    hot_share,
    insert_price,
    refusal,
    write_units,
)
from dbaudit.advise.writes import table_writes
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.query import BoundQuery, Query


def index(*keys: str, method: str = "btree", opclass: str | None = None) -> IndexDefinition:
    parts = tuple(IndexKey(key, opclass=opclass) for key in keys)
    return IndexDefinition("public", "t", parts, method)


def table(**more: object) -> TableFacts:
    names = {"a": 8.0, "hits": 4.0, "body": 180.0}
    columns = {n: ColumnFacts(n, "text", width, True, distinct=100) for n, width in names.items()}
    return TableFacts("public", "t", 1000, 10_000, columns, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("update t set a = 1, b = b + 1 where c = 2", {"a", "b"}),
        ('update t set (a, "B") = (1, 2)', {"a", "B"}),
        ("insert into t (a) values (1) on conflict (a) do update set b = 2", {"b"}),
        ("select a from t where b = 1", set()),
        ("delete from t where a = 1", set()),
        ("this is no SQL", set()),
    ],
)
def test_updated_columns_are_read_from_the_text(sql: str, columns: set[str]) -> None:
    assert updated_columns(Query("q", sql, sql)) == columns


def test_changes_are_read_from_the_plan_even_in_a_cte() -> None:
    delete = {
        "Node Type": "ModifyTable",
        "Operation": "Delete",
        "Schema": "s",
        "Relation Name": "t",
        "Plans": [{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Plan Rows": 7}],
    }
    plan = {"Node Type": "CTE Scan", "Plans": [delete]}
    assert list(changes(plan)) == [Change(("s", "t"), "Delete", 7.0)]


def chain() -> Catalog:
    """grand(parent_id) cascades from parent, child(grand_id) from grand: 10 rows a key."""

    def facts(name: str, key: str, rows: float) -> TableFacts:
        column = ColumnFacts(key, "int4", 4, True, distinct=rows / 10)
        return TableFacts("public", name, 100, rows, {key: column})

    def foreign_key(child: str, column: str, parent: str) -> ForeignKey:
        return ForeignKey(
            f"{child}_fk", ("public", child), (column,), ("public", parent), ("id",), "c"
        )

    tables = {
        ("public", "parent"): TableFacts("public", "parent", 10, 100, {}),
        ("public", "grand"): facts("grand", "parent_id", 1000),
        ("public", 'Od"d'): facts('Od"d', "Grand id", 10_000),
    }
    keys = (foreign_key("grand", "parent_id", "parent"), foreign_key('Od"d', "Grand id", "grand"))
    return Catalog(tables, keys)


def test_a_cascade_is_followed_with_its_rows() -> None:
    found = list(lookups(("public", "parent"), 2, chain()))
    assert [(f.foreign_key.child[1], f.statement.times) for f in found] == [
        ("grand", 2.0),
        ('Od"d', 20.0),
    ]
    assert found[1].statement.variants[0].sql == (
        'SELECT 1 FROM ONLY public."Od""d" x WHERE $1 = x."Grand id" FOR KEY SHARE OF x'
    )


def test_an_update_looks_up_only_when_it_changes_the_key() -> None:
    assert not list(lookups(("public", "parent"), 1, chain(), frozenset(["name"])))
    assert len(list(lookups(("public", "parent"), 1, chain(), frozenset(["id"])))) == 1


def test_a_trigram_entry_costs_many_times_a_tree_entry() -> None:
    tree = entry_units(index("body"), table())
    trigram = entry_units(index("body", method="gin", opclass="gin_trgm_ops"), table())
    assert trigram > 20 * tree
    assert entry_units(index("a", method="brin"), table()) < tree


def test_inserts_pay_for_each_index_and_an_untouched_table_pays_nothing() -> None:
    tables, writes = {("public", "t"): table()}, {("public", "t"): TableWrites(inserted=100)}
    one, two = (
        write_units([index("a")], tables, writes),
        write_units([index("a"), index("hits")], tables, writes),
    )
    assert two == 2 * one > 0
    assert write_units([index("a")], tables, {}) == 0


def test_an_index_on_an_updated_column_ends_hot() -> None:
    update = Update("hit", 30, 30, frozenset(["hits"]))
    writes = {("public", "t"): TableWrites(updates=(update,), hot_share=1.0)}
    tables = {("public", "t"): table()}
    assert write_units([index("a")], tables, writes) == 0
    assert write_units([index("hits")], tables, writes) > 0


@pytest.mark.parametrize(("version_num", "is_free"), [(150000, False), (160000, True)])
def test_a_brin_index_on_an_updated_column_ends_hot_before_16(
    version_num: int, is_free: bool
) -> None:
    brin = index("hits", method="brin")
    tables = {("public", "t"): table(activity=Activity(updated=1000, hot_updated=1000))}
    query = Query("hit", "", "", weight=30)
    item = Item("hit", 30, (Statement((BoundQuery(query, ""),), frozenset(tables)),))
    change = Change(("public", "t"), UPDATE, 1)
    planned = PlannedQuery(query, item, (), (change,), frozenset(["hits"]))
    writes = table_writes([planned], Catalog(tables, version_num=version_num))
    assert (write_units([brin], tables, writes) == 0) is is_free
    assert (refusal(brin, table(), writes["public", "t"], 0.5) is None) is is_free


@pytest.mark.parametrize(
    ("share", "served", "is_refused"),
    [(1.0, 0.5, True), (1.0, 30, False), (None, 4, False), (None, 0.5, True)],
)
def test_refused_when_the_updates_outweigh_what_it_serves(
    share: float | None, served: float, is_refused: bool
) -> None:
    update = Update("hit", 30, 30, frozenset(["hits"]))
    writes = TableWrites(updates=(update,), hot_share=share)
    assert (refusal(index("hits"), table(), writes, served) is not None) is is_refused
    assert refusal(index("a"), table(), writes, served) is None


def test_a_refusal_names_the_column_and_the_updates_that_were_hot() -> None:
    update = Update("hit", 30, 30, frozenset(["hits", "seen_at"]))
    hot = table(activity=Activity(updated=3000, hot_updated=2970))
    full = table(activity=Activity(updated=3000, hot_updated=15))
    assert refusal(index("hits"), hot, TableWrites(updates=(update,), hot_share=0.99), 0.5) == (
        "hit (weight 30) sets hits and could never be HOT again "
        "(2,970 of t's 3,000 updates, 99%, were HOT so far); it would serve weight 0.5"
    )
    reason = refusal(index("hits"), full, TableWrites(updates=(update,), hot_share=0.005), 0.5)
    assert reason is not None
    assert "(15 of t's 3,000 updates, 0%, were HOT so far, with fill factor 100)" in reason


def test_a_deleted_row_costs_an_index_less_than_an_inserted_one() -> None:
    tables = {("public", "t"): table()}
    inserted = write_units([index("a")], tables, {("public", "t"): TableWrites(inserted=100)})
    deleted = write_units([index("a")], tables, {("public", "t"): TableWrites(deleted=100)})
    assert 0 < deleted < inserted / 4


def test_the_hot_share_is_counted_or_told_by_the_fill_factor() -> None:
    assert hot_share(table(activity=Activity(updated=1000, hot_updated=900))) == 0.9
    assert hot_share(table(fillfactor=85)) == 1.0
    assert hot_share(table()) is None


def test_only_what_costs_a_row_many_b_trees_is_told() -> None:
    assert insert_price(index("a"), table()) == ""
    assert insert_price(index("a", method="gin"), table()) == ""
    assert insert_price(index("body", method="gin", opclass="public.gin_trgm_ops"), table()) == (
        "each row written takes about 0.26 ms longer with it, as with 51 B-trees"
    )
