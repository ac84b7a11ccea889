"""Only CREATE INDEX and DROP INDEX are read, and what is read is what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.errors import UsageError
from dbaudit.identifiers import quote_ident
from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.migrate.ddl import CreateIndex, DropIndex, drop_sql, parse_create, parse_drop

names = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20)


def test_a_create_index_as_people_write_it() -> None:
    found = parse_create(
        'create unique index concurrently if not exists "A b" -- why\n on only Public.docs /* x */'
        " using GIN ((lower(a || ';')) , b desc) include (c) where d = E'\\';' and $$x;y$$ <> e;"
    )
    assert found == CreateIndex(
        "A b",
        "public",
        "docs",
        "using GIN ((lower(a || ';')) , b desc) include (c) where d = E'\\';' and $$x;y$$ <> e",
        unique=True,
        only=True,
    )


def test_comments_do_not_swallow_what_follows() -> None:
    assert parse_create("create index i on t (a -- first\n, b)").tail == "(a , b)"


def test_names_fold_as_the_server_folds_them() -> None:
    assert parse_drop("drop index Public.ÄBc") == DropIndex("Äbc", "public")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "drop table docs",
        "create table t (a int)",
        "create index on t (a)",
        "create index on on t (a)",
        'create index U&"i" on t (a)',
        "create index i on t",
        "create index i on t (a",
        "create index i on t (a))",
        "create index i on t (a]",
        "create index i on t (a); drop table t",
        "create index i on t using btree, (a)",
        "create index i on a.b.c (a)",
        'create index "" on t (a)',
        "create index 'i' on t (a)",
        "create index i on t ('a",
        "create index i on t (a) /* open",
    ],
)
def test_what_is_no_create_index_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_create(text)


@pytest.mark.parametrize(
    "text",
    [
        "drop index a, b",
        "drop index a cascade",
        "drop index a; drop index b",
        "drop table a",
        "drop index",
        "drop index on",
        "drop index concurrently",
        "reindex index a",
    ],
)
def test_what_is_no_drop_index_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_drop(text)


@pytest.mark.parametrize(
    "tail", ["(a) NULLS NOT DISTINCT", "(a) TABLESPACE fast", '(U&"a")', "(a b c)"]
)
def test_what_a_definition_cannot_say_is_left_whole(tail: str) -> None:
    create = parse_create(f"create index i on t {tail}")
    assert create.definition("s") is None
    assert create.tail == tail


@given(names, names, names, names)
def test_any_name_survives(schema: str, table: str, name: str, column: str) -> None:
    definition = IndexDefinition(schema, table, (IndexKey(column),))
    found = parse_create(definition.ddl(name))
    assert (found.name, found.schema, found.table) == (name, schema, table)
    assert found.sql(schema) == definition.ddl(name)
    assert found.definition(schema) == definition
    assert parse_drop(drop_sql(schema, name)) == DropIndex(name, schema)
    assert parse_drop(definition.undo_ddl(name)) == DropIndex(name, schema)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_create, parse_drop):
        try:
            parse(text)
        except UsageError:
            continue


@given(st.text())
def test_no_tail_holds_a_second_statement(tail: str) -> None:
    try:
        found = parse_create(f"create index i on t (a) {tail}")
    except UsageError:
        return
    again = parse_create(found.sql("s"))
    assert (again.name, again.table, again.tail) == ("i", "t", found.tail)
    assert quote_ident("i") in found.sql("s")
