"""Registered query files: what is read, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.errors import QueryFileError
from dbaudit.query import Budgets, Parameter, Query
from dbaudit.workload.query_file import load_queries, parse_queries

CONTRACT = """\
-- name: recent_conversations
-- description: the sidebar
-- weight: 120
-- max_ms: 50
-- param: user_id bigint = 42
-- role: app_user
-- set: request.jwt.claims = {"sub": "42"}
select * from c where user_id = :user_id order by updated_at desc limit 20;
"""


def one(text: str) -> Query:
    (query,) = parse_queries(text, Path("q.sql"))
    return query


def message(text: str) -> str:
    with pytest.raises(QueryFileError) as caught:
        parse_queries(text, Path("q.sql"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_file_of_the_contract() -> None:
    query = one(CONTRACT)
    assert query.name == "recent_conversations"
    assert query.description == "the sidebar"
    assert query.weight == 120
    assert query.budgets == Budgets(max_ms=50)
    assert query.parameters == (Parameter("user_id", "bigint", "42"),)
    assert query.role == "app_user"
    assert query.settings == {"request.jwt.claims": '{"sub": "42"}'}
    assert query.statement == (
        "select * from c where user_id = $1 order by updated_at desc limit 20"
    )
    assert query.sql == query.statement.replace("$1", ":user_id")
    assert query.line == 8


def test_budgets() -> None:
    header = "-- max_cost: 1e4\n-- max_rows_read: 1_000\n-- no_seq_scan: true\n"
    expected = Budgets(max_cost=10_000, max_rows_read=1000, no_seq_scan=True)
    assert one(header + "select 1").budgets == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("user_id", Parameter("user_id")),
        ("user_id bigint", Parameter("user_id", "bigint")),
        ("user_id = 42", Parameter("user_id", None, "42")),
        ("user_id=it's", Parameter("user_id", None, "it's")),
        ("user_id text = 'it''s = x'", Parameter("user_id", "text", "it's = x")),
        ("user_id text = ''", Parameter("user_id", "text", "")),
        ("user_id int = null", Parameter("user_id", "int", is_null=True)),
        ("user_id text = 'NULL'", Parameter("user_id", "text", "NULL")),
        ("user_id timestamp with time zone = 2026-01-01 10:00", None),
        ("user_id uuid[] = {a,b}", Parameter("user_id", "uuid[]", "{a,b}")),
        ("user_id varchar(20) = x", Parameter("user_id", "varchar(20)", "x")),
        ("user_id numeric(10, 2)", Parameter("user_id", "numeric(10, 2)")),
        ('user_id app."Odd Type"[3] = x', Parameter("user_id", 'app."Odd Type"[3]', "x")),
        (":user_id int", Parameter("user_id", "int")),
    ],
)
def test_parameter_declarations(declared: str, expected: Parameter | None) -> None:
    (found,) = one(f"-- param: {declared}\nselect :user_id").parameters
    assert found == (
        expected or Parameter("user_id", "timestamp with time zone", "2026-01-01 10:00")
    )


@pytest.mark.parametrize(
    ("sql", "statement", "names"),
    [
        ("select :a + :b + :a", "select $1 + $2 + $1", ["a", "b"]),
        ("select $2, $1", "select $2, $1", ["1", "2"]),
        ("select %(a)s, 5 %% 2, '%%x'", "select $1, 5 % 2, '%x'", ["a"]),
        ("select 1 limit%(a)s", "select 1 limit $1", ["a"]),
        ("select '%%' || :a", "select '%%' || $1", ["a"]),
        ("select a::int, b[1:2], ':x', \":y\" -- :z", None, []),
        ("select $$ :a $1 $$, E'\\':b', /* :c */ 1", "", []),
        ("select f(a := 1), x ? 'k', y ?| z", "", []),
        ("select a %s from t", "", []),
        ("select été = :été", "select été = $1", ["été"]),
    ],
)
def test_parameters_in_three_spellings(sql: str, statement: str | None, names: list[str]) -> None:
    query = one(sql)
    kept = sql.removesuffix(" -- :z")
    assert query.statement == (statement or kept)
    assert [parameter.name for parameter in query.parameters] == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n-- wieght: 3\nselect 1", "q.sql:2: unknown key wieght; did you mean weight?"),
        ("-- weight: heavy\nselect 1", "q.sql:1: weight must be a number above 0, not 'heavy'"),
        ("-- weight: nan\nselect 1", "q.sql:1: weight must be a number above 0"),
        ("-- max_rows_read: 1.5\nselect 1", "q.sql:1: max_rows_read must be a whole number"),
        ("-- no_seq_scan: yes\nselect 1", "q.sql:1: no_seq_scan must be true or false"),
        ("-- max_ms: 1\n-- max_ms: 2\nselect 1", "q.sql:2: max_ms is given twice"),
        ("-- param: a\n-- param: a\nselect :a", "q.sql:2: parameter a is declared twice"),
        ("-- param: b = 1\nselect :a", "q.sql:1: parameter b does not occur in the statement"),
        ("-- param: a int); drop\nselect :a", "q.sql:1: 'int); drop' is not the name of a type"),
        ("-- param: a = 'x'::int\nselect :a", "q.sql:1: parameter a: 'x'::int is not one quoted"),
        ("-- param: a =\nselect :a", "q.sql:1: parameter a has no value after ="),
        ("-- param:\nselect :a", "q.sql:1: param wants a name"),
        ("-- set: x\nselect 1", "q.sql:1: set wants key = value"),
        ("-- role:\nselect 1", "q.sql:1: role is empty"),
        ("-- name:\nselect 1", "q.sql:1: name is empty"),
        ("select 1;\nselect 2", "q.sql:1: this statement has no name"),
        ("-- name: a\nselect 1;\nselect 2", "q.sql:3: this statement has no name"),
        ("-- name: a\nselect 1;\n-- name: a\nselect 2", "q.sql:4: the name a is taken by q.sql:2"),
        ("select 1;\n-- name: b\n", "q.sql:2: name is not followed by a statement"),
        ("select :a,\n$1", "q.sql:2: parameters :a and $1 are spelled in two ways"),
        ("select\n$2", "q.sql:2: $2 but no $1"),
        ("select * from t\nwhere a = %s", "q.sql:2: the positional parameter %s"),
        ("select * from t limit %s", "q.sql:1: the positional parameter %s"),
        ("select\n'x", "q.sql:2: unterminated string"),
        ("select '\0'", "q.sql:1: holds a null character"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str, expected: str) -> None:
    assert message(text).startswith(expected)


def test_prose_and_comments_inside_a_statement_are_not_keys() -> None:
    query = one("-- Note: keep\n-- see https://x.org\n-- https://x.org\nselect 1 -- wieght: 1\n, 2")
    assert query.sql == "select 1 -- wieght: 1\n, 2"


def test_a_name_begins_a_statement_even_without_a_semicolon() -> None:
    text = "-- name: a\nselect 1\n\n-- name: b^\n-- weight: 2\nselect 2;\n;;\n-- the end\n"
    queries = parse_queries(text)
    assert [(q.name, q.sql, q.weight, q.line) for q in queries] == [
        ("a", "select 1", 1, 2),
        ("b", "select 2", 2, 6),
    ]


@pytest.mark.parametrize("written", ["get", "get^", "get<!", "get :one", "get(a, b)$"])
def test_names_as_aiosql_and_sqlc_write_them(written: str) -> None:
    assert one(f"-- name: {written}\nselect 1").name == "get"


def test_standard_input_is_named_as_such() -> None:
    assert parse_queries("select 1")[0].name == "query"
    with pytest.raises(QueryFileError, match=r"^standard input:1: "):
        parse_queries("select '")


class TestLoad:
    def test_globs_folders_and_files(self, tmp_path: Path) -> None:
        (tmp_path / "queries" / "ünïcode 😀").mkdir(parents=True)
        (tmp_path / "queries" / "a.sql").write_bytes(b"\xef\xbb\xbfselect 1;\r\n")
        (tmp_path / "queries" / "ünïcode 😀" / "b.sql").write_text("select 2")
        (tmp_path / "queries" / "empty.sql").write_text("-- nothing yet\n")
        by_glob = load_queries(["queries/**/*.sql"], tmp_path)
        assert [(q.name, q.sql) for q in by_glob] == [("a", "select 1"), ("b", "select 2")]
        assert load_queries(["queries"], tmp_path) == by_glob
        assert load_queries(["queries", "queries/*.sql"], tmp_path) == by_glob
        assert [q.name for q in load_queries([tmp_path / "queries" / "a.sql"], Path())] == ["a"]
        assert load_queries(["none/**/*.sql"], tmp_path) == []

    def test_a_named_file_must_hold_a_statement(self, tmp_path: Path) -> None:
        (tmp_path / "empty.sql").write_text("-- nothing\n")
        with pytest.raises(QueryFileError, match=r"empty\.sql: no statement in it"):
            load_queries(["empty.sql"], tmp_path)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(QueryFileError, match=r"gone\.sql: no such query file"):
            load_queries(["gone.sql"], tmp_path)

    @pytest.mark.parametrize("path", ["x" * 5000, "a**b/*.sql", "bad\0name"])
    def test_what_cannot_be_a_path(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(QueryFileError):
            load_queries([path], tmp_path)

    def test_not_utf8(self, tmp_path: Path) -> None:
        (tmp_path / "q.sql").write_bytes(b"select 1,\n'\xe9'")
        with pytest.raises(QueryFileError, match=r"q\.sql:2: not valid UTF-8"):
            load_queries(["q.sql"], tmp_path)

    def test_one_name_in_two_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.sql").write_text("-- name: x\nselect 1")
        (tmp_path / "x.sql").write_text("select 1")
        with pytest.raises(QueryFileError, match=r"x\.sql:1: the name x is taken by .*a\.sql:2"):
            load_queries(["*.sql"], tmp_path)


PIECES = st.sampled_from(
    [
        "-- name: a\n",
        "-- weight: 1\n",
        "-- param: x int = 1\n",
        "-- set: a.b = c\n",
        "-- k: v\n",
        "select :x",
        "$1",
        "%(x)s",
        "%s",
        ";",
        "\n",
        "'",
        '"',
        "$$",
        "/*",
        "*/",
        "\\",
        "\x00",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=80))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        queries = parse_queries(text, Path("q.sql"))
    except QueryFileError as error:
        assert str(error).startswith("q.sql:")
        return
    assert all(query.sql.strip() and query.sql in text for query in queries)
