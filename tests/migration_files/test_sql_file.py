"""Plain SQL: what runs on the way forward, each statement on its own line."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.migration_files.effects import (
    AddedConstraint,
    CreatedIndex,
    CreatedTable,
    DroppedColumn,
    DroppedIndex,
    DroppedTable,
    Reindexed,
    RenamedColumn,
    RenamedIndex,
    RenamedTable,
)
from dbaudit.migration_files.migration import Statement
from dbaudit.migration_files.sql_file import is_down_file, read_sql_file


def _statements(text: str) -> tuple[Statement, ...]:
    return read_sql_file(text, "x.sql").statements


def _names(text: str) -> list[tuple[int, str | None]]:
    return [
        (one.line, effect.name)
        for one in _statements(text)
        for effect in one.effects
        if isinstance(effect, CreatedIndex | DroppedIndex)
    ]


@pytest.mark.parametrize(
    ("path", "is_down"),
    [
        ("1_a.down.sql", True),
        ("2020/down.sql", True),
        ("down/1.sql", True),
        ("U1__undo.sql", True),
        ("1_a_rollback.sql", True),
        ("1_a.up.sql", False),
        ("V1__x.sql", False),
        ("Users.sql", False),
        ("1_slowdown.sql", False),
        ("1_countdown_table.sql", False),
        ("2020/up.sql", False),
    ],
)
def test_ways_back_are_known_by_their_names(path: str, is_down: bool) -> None:
    assert is_down_file(PurePath(path)) == is_down


@pytest.mark.parametrize(
    "text",
    [
        "-- +goose Up\ncreate index a on t (x);\n-- +goose Down\ndrop index a;\n",
        "-- migrate:up\ncreate index a on t (x);\n\n-- migrate:down\ndrop index a;",
        "-- migrate:down\ndrop index a;\n-- migrate:up\ncreate index a on t (x);",
        "-- +migrate Up\ncreate index a on t (x);\n-- +migrate Down\ndrop index a;",
    ],
)
def test_the_part_that_goes_back_is_left_out(text: str) -> None:
    ((line, name),) = _names(text)
    assert name == "a"
    assert text.splitlines()[line - 1].startswith("create index")
    assert all(one.is_in_transaction for one in _statements(text))


@pytest.mark.parametrize(
    "text",
    [
        "-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently a on t (x);",
        "-- migrate:up transaction:false\ncreate index concurrently a on t (x);",
        "create index concurrently a on t (x);",
    ],
)
def test_a_tool_that_is_told_so_opens_no_transaction(text: str) -> None:
    assert [one.is_in_transaction for one in _statements(text)] == [False]


def test_the_file_s_own_transaction() -> None:
    text = "begin;\ncreate index a on t (x);\ncommit;\ncreate index b on t (x);"
    inside = {one.line: one.is_in_transaction for one in _statements(text)}
    assert inside[2] is True
    assert inside[4] is False


def test_what_is_no_sql_is_passed() -> None:
    text = (
        "\\set ON_ERROR_STOP on\n"
        "copy t (a) from stdin;\n1;create index no on t (x);\n\\.\n"
        "do $$ begin execute 'create index no on t (x)'; end $$;\n"
        "insert into t values ('\n\\i no;\n');\n"
        "create index yes on t (x);\n\\i other.sql\n"
    )
    migration = read_sql_file(text, "x.sql")
    assert _names(text) == [(9, "yes")]
    assert [str(one) for one in migration.problems] == ["x.sql:10: \\i other.sql is not followed"]


def test_effects_of_other_statements() -> None:
    text = """
    create table if not exists s.new (id int);
    drop table "Old", older cascade;
    alter table only t add constraint c unique (a), add primary key (b),
        drop constraint if exists d;
    alter index i rename to j;
    alter table t rename to u;
    alter table t rename column a to b;
    alter table t drop c, drop column if exists d cascade, add e int, add check (e > 0),
        add constraint f foreign key (e) references g, alter column e drop not null,
        add constraint h unique using index i, add exclude using gist (e with =);
    drop index concurrently if exists s.a, "B";
    reindex (verbose) table concurrently s.t;
    reindex system;
    """
    effects = [effect for one in _statements(text) for effect in one.effects]
    assert effects == [
        CreatedTable("s", "new"),
        DroppedTable(None, "Old"),
        DroppedTable(None, "older"),
        AddedConstraint(None, "t", "c"),
        AddedConstraint(None, "t", None),
        DroppedIndex(None, "d", table="t"),
        RenamedIndex(None, "i"),
        RenamedTable(None, "t", "u"),
        RenamedColumn(None, "t", "a", "b"),
        DroppedColumn(None, "t", "c"),
        DroppedColumn(None, "t", "d"),
        AddedConstraint(None, "t", "h"),
        RenamedIndex(None, "i"),
        AddedConstraint(None, "t", None),
        DroppedIndex("s", "a", is_concurrent=True),
        DroppedIndex(None, "B", is_concurrent=True),
        Reindexed("table", "s", "t"),
        Reindexed("system"),
    ]


def test_comments_belong_to_the_statement_below_or_beside() -> None:
    one, two = _statements(
        "-- for: a\n/* also\n * b */\ncreate index a on t (x); -- beside a\n"
        "-- for: b\ncreate index b on t (x); -- beside b"
    )
    assert one.comment == "for: a\nalso\nb\nbeside a"
    assert one.line == 4
    assert two.comment == "for: b\nbeside b"


def test_a_heading_above_settings_belongs_to_what_follows() -> None:
    text = "-- for: a\nset lock_timeout = '5s';\nbegin;\ncreate index a on t (x);\nselect 1;"
    statements = _statements(text)
    assert [one.comment for one in statements] == ["for: a", "for: a", "for: a", ""]


def test_a_string_that_never_ends_costs_only_what_follows() -> None:
    first, broken = _statements('create index a on t (x);\n\ncreate index "b on t (x);')
    assert isinstance(first.effects[0], CreatedIndex)
    assert broken.reason == "unterminated quoted identifier"
    assert broken.line == 3


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    lines = text.count("\n") + 1
    for one in _statements(text):
        assert 1 <= one.line <= lines
