"""The plan file: what advise writes is read back, and what was edited into nonsense is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.advise.advice import (
    Advice,
    AdvisedDrop,
    AdvisedIndex,
    AdvisedQuery,
    CurvePoint,
    IndexName,
    NotCovered,
    PartitionTable,
    Rejected,
    SearchFacts,
    Served,
)
from dbaudit.advise.plan_file import advice_document, parse_plan
from dbaudit.errors import UsageError
from dbaudit.migrate.plan import plan_of, read_plan
from dbaudit.query import BoundQuery, Parameter, Query
from tests.migrate.plans import BY_HASH, HASH_INDEX, plan_document

INDEX = AdvisedIndex(
    name="docs_hash_idx",
    schema="public",
    table="docs",
    method="btree",
    ddl="CREATE INDEX CONCURRENTLY docs_hash_idx ON public.docs USING btree (hash)",
    undo_ddl="DROP INDEX CONCURRENTLY IF EXISTS public.docs_hash_idx",
    size_bytes=8192,
    confidence="certain",
    serves=(Served("by_hash", 100.0, 4.0),),
    reason="it finds rows by hash",
)
DROP = AdvisedDrop(
    name="docs_old",
    schema="public",
    table="docs",
    ddl="DROP INDEX CONCURRENTLY public.docs_old",
    undo_ddl="CREATE INDEX CONCURRENTLY docs_old ON public.docs USING btree (hash)",
    size_bytes=1,
    reason="the new one serves all that it served",
    replaced_by=IndexName("public", "docs_hash_idx"),
)
ADVICE = Advice(
    cost_before=100.0,
    cost_after=4.0,
    indexes=(INDEX,),
    drops=(DROP,),
    rejected=(Rejected("CREATE INDEX …", "no gain"),),
    queries=(AdvisedQuery("by_hash", 3.0, 100.0, 4.0, {"Node Type": "Seq Scan"}, {}),),
    not_covered=(NotCovered("other", "postgis"),),
    search=SearchFacts("shadow", "18.6", 7, 0.5),
    notes=("a note",),
)
STATEMENTS = [
    BoundQuery(
        Query(
            "by_hash",
            "select :h",
            "select $1",
            parameters=(Parameter("h"),),
            weight=3.0,
            role="app",
            settings={"request.jwt.claims": "{}"},
        ),
        "select $1",
        "generic",
    )
]
TARGET = {"engine": "postgresql", "version": "18.6", "database": "d", "host": "h"}


@pytest.mark.parametrize("curve", [None, [], [{"size_bytes": "?"}], "x"])
def test_apply_reads_a_plan_whatever_its_curve(curve: object) -> None:
    document = {**advice_document(ADVICE, TARGET, STATEMENTS), "curve": curve}
    assert parse_plan(document, "plan.json").indexes == (INDEX,)


def test_the_document_has_the_curve() -> None:
    advice = replace(ADVICE, curve=(CurvePoint(0, 100.0), CurvePoint(1, 4.0, INDEX.name)))
    assert advice_document(advice, TARGET, STATEMENTS)["curve"] == [
        {"size_bytes": 0, "cost": 100.0, "index": None},
        {"size_bytes": 1, "cost": 4.0, "index": INDEX.name},
    ]


@pytest.mark.parametrize(
    "partitions", [None, (PartitionTable("public", "docs_1", "public", "docs"),)]
)
def test_the_document_is_a_plan_without_a_file_between(
    partitions: tuple[PartitionTable, ...] | None,
) -> None:
    index = replace(INDEX, partitions=partitions)
    document = advice_document(replace(ADVICE, indexes=(index,)), TARGET, STATEMENTS)
    assert parse_plan(document, "the demo's advice").indexes == (index,)


def test_what_advise_writes_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(advice_document(ADVICE, TARGET, STATEMENTS)))
    plan = read_plan(path)
    assert plan.indexes == (INDEX,)
    assert plan.drops == (DROP,)
    (statement,) = plan.statements
    assert (statement.name, statement.sql, statement.variant) == ("by_hash", "select $1", "generic")
    assert statement.query.role == "app"
    assert statement.query.settings == {"request.jwt.claims": "{}"}
    assert statement.query.weight == 3.0
    assert len(statement.query.parameters) == 1


def test_the_document_has_the_keys_of_the_contract() -> None:
    document = advice_document(ADVICE, TARGET, STATEMENTS)
    assert document["schema_version"] == 1
    assert document["target"] == TARGET
    assert document["workload"]["queries"] == 2
    assert document["workload"]["not_covered"] == [{"query": "other", "reason": "postgis"}]
    assert document["cost"] == {"before": 100.0, "after": 4.0, "ratio": 0.04}
    assert document["indexes"][0]["serves"] == [
        {"query": "by_hash", "cost_before": 100.0, "cost_after": 4.0}
    ]
    assert document["search"]["what_if_calls"] == 7


def _edited(edit: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        json.dumps(plan_document([HASH_INDEX], [BY_HASH], [{"name": "i", "ddl": "drop index s.i"}]))
    )
    edit(document)
    return document


def _rename(container: dict[str, Any], old: str, new: str) -> None:
    container[new] = container.pop(old)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.pop("indexes"), "plan.json: /: the key 'indexes' is missing"),
        (lambda d: _rename(d["indexes"][0], "ddl", "dll"), "/indexes/0: .* is 'dll' meant"),
        (lambda d: d.update(indexes={}), "/indexes: expected an array, found an object"),
        (lambda d: d.update(indexes=[1]), "/indexes/0: expected an object, found a number"),
        (lambda d: d.update(schema_version=2), "/schema_version: is 2; this version .* reads 1"),
        (lambda d: d["indexes"][0].update(name=3), "/indexes/0/name: expected text"),
        (lambda d: d["indexes"][0].update(name=None), "/indexes/0/name: expected text, found null"),
        (lambda d: d["indexes"][0].update(size_bytes="1"), "size_bytes: expected a number"),
        (lambda d: d["indexes"][0].update(size_bytes=1e400), "size_bytes: expected a number"),
        (lambda d: d["indexes"][0].update(name="other"), "/indexes/0: ddl: has the name"),
        (lambda d: d["indexes"][0].update(table="other"), "/indexes/0: ddl: has the table"),
        (lambda d: d["indexes"][0].update(schema="other"), "/indexes/0: ddl: has the schema"),
        (lambda d: d["indexes"][0].update(ddl="drop table docs"), "ddl: expected CREATE"),
        (lambda d: d["indexes"][0].update(undo_ddl="drop table docs"), "undo_ddl: expected INDEX"),
        (lambda d: d["indexes"].append(d["indexes"][0]), "/indexes/1: .* in the plan twice"),
        (lambda d: d["drops"][0].update(ddl="drop index i"), "/drops/0: ddl: .* which schema"),
        (lambda d: d["drops"][0].update(ddl="drop index s.x"), "/drops/0: ddl: has the name"),
        (lambda d: d["drops"][0].update(undo_ddl="drop table t"), "/drops/0: undo_ddl: expected"),
        (lambda d: d["workload"]["statements"][0].pop("sql"), "/workload/statements/0: .* 'sql'"),
        (lambda d: d["workload"].update(statements="x"), "/workload/statements: expected an array"),
        (lambda d: d["indexes"][0].update(name="a\0"), "zero byte"),
    ],
)
def test_nonsense_is_refused_with_its_place(
    edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        plan_of(_edited(edit), "plan.json")


def test_a_name_of_64_bytes_is_refused() -> None:
    name = "é" * 32
    ddl = HASH_INDEX["ddl"].replace("docs_hash_idx", f'"{name}"')
    undo = HASH_INDEX["undo_ddl"].replace("docs_hash_idx", f'"{name}"')
    index = {**HASH_INDEX, "name": name, "ddl": ddl, "undo_ddl": undo}
    with pytest.raises(UsageError, match="more than 63 bytes"):
        plan_of(plan_document([index]), "plan.json")


def test_unknown_keys_are_left_alone() -> None:
    plan = plan_of(_edited(lambda d: d.update(comment="mine", indexes=[])), "plan.json")
    assert plan.indexes == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{\n\n x}", "plan.json:3: is not JSON"), (b"\xff", "not UTF-8"), (b"[" * 100_000, "plan")],
)
def test_a_file_that_is_no_plan(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_plan(path)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_plan(tmp_path / "nowhere.json")


MIGRATION = """
-- why: because; it is so
SET lock_timeout = '5s';
CREATE INDEX CONCURRENTLY docs_hash_idx ON public.docs USING gin (hash);
DROP INDEX CONCURRENTLY public.old;
RESET lock_timeout;
"""


def test_one_migration_in_sql(tmp_path: Path) -> None:
    path = tmp_path / "0001_add.up.sql"
    path.write_text(MIGRATION)
    plan = read_plan(path)
    assert [(i.schema, i.table, i.name, i.method) for i in plan.indexes] == [
        ("public", "docs", "docs_hash_idx", "gin")
    ]
    assert [(drop.schema, drop.name) for drop in plan.drops] == [("public", "old")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n\ndelete from docs;", r"up\.sql:3: .* expected CREATE INDEX or DROP INDEX at 'delete'"),
        ("set role postgres;", "expected CREATE INDEX"),
        ("create table t (a int);", "expected INDEX"),
        ("create index i on t (a);", "in which schema"),
        ("drop index i;", "in which schema"),
        ("-- nothing", "holds neither"),
        ("select 'open", "unterminated string"),
        ("create", "expected INDEX at the end"),
        ("set", "expected CREATE INDEX"),
    ],
)
def test_a_migration_that_apply_does_not_run(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "0001_x.up.sql"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_plan(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["name", "schema", "table", "ddl", "undo_ddl", "size_bytes", "serves", "method"]


@given(json_values)
def test_any_document_is_read_or_refused(document: object) -> None:
    try:
        plan_of(document, "plan.json")
    except UsageError:
        return


@given(st.dictionaries(st.sampled_from(KEYS), json_values), st.sampled_from(["indexes", "drops"]))
def test_any_edit_of_an_index_is_read_or_refused(edits: dict[str, object], kind: str) -> None:
    document = {"indexes": [], kind: [{**HASH_INDEX, **edits}]}
    try:
        plan = plan_of(document, "plan.json")
    except UsageError:
        return
    assert all(index.name in index.ddl for index in plan.indexes)
