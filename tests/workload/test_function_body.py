"""The statements inside functions are found, and their variables become parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.workload.function_body import BodyStatement, body_statements
from dbaudit.workload.source_text import source_text

TRIGGER = """
DECLARE
    found_id uuid;
    "Odd Name" integer := 7;
BEGIN
    -- DELETE FROM nothing;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM cache WHERE OLD.lecture_id = ANY (lecture_ids); RETURN OLD;
    ELSE
        SELECT id INTO STRICT found_id FROM lectures WHERE course_id = new."Course";
    END IF;
    IF EXISTS (SELECT 1 FROM seen WHERE id = found_id) THEN
        PERFORM pg_notify('c', 'select 1; select 2');
    END IF;
    FOR r IN SELECT a, b FROM pairs WHERE n = "Odd Name" LOOP
        UPDATE t SET a = r.a WHERE id = p_id OR t.p_id = 3;
    END LOOP;
    INSERT INTO log (id) VALUES (found_id) RETURNING id INTO found_id;
    RETURN NEW;
END
"""


def test_the_statements_of_a_trigger() -> None:
    assert body_statements("plpgsql", TRIGGER, ["p_id", ""]) == [
        BodyStatement("DELETE FROM cache WHERE $1 = ANY ( lecture_ids )", ("OLD.lecture_id",)),
        BodyStatement("SELECT id FROM lectures WHERE course_id = $1", ('new."Course"',)),
        BodyStatement("SELECT 1 FROM seen WHERE id = $1", ("found_id",)),
        BodyStatement("SELECT pg_notify ( 'c' , 'select 1; select 2' )", ()),
        BodyStatement("SELECT a , b FROM pairs WHERE n = $1", ('"Odd Name"',)),
        BodyStatement("UPDATE t SET a = r . a WHERE id = $1 OR t . p_id = 3", ("p_id",)),
        BodyStatement("INSERT INTO log ( id ) VALUES ( $1 ) RETURNING id", ("found_id",)),
    ]


def test_a_function_in_sql_is_its_statements() -> None:
    text = "DELETE FROM a WHERE id = key; WITH x AS (SELECT 1) SELECT * FROM x"
    assert body_statements("sql", text, ["key"]) == [
        BodyStatement("DELETE FROM a WHERE id = $1", ("key",)),
        BodyStatement("WITH x AS ( SELECT 1 ) SELECT * FROM x", ()),
    ]


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("begin select a, b into x, y.z from t; end", "select a , b from t"),
        ("begin select a into x; end", "select a"),
        ("begin return query select * from t where b > 1; end", "select * from t where b > 1"),
        ("begin n := (select count(*) from t); end", "select count ( * ) from t"),
        ("begin merge into t using s on true when matched then delete; end", None),
    ],
)
def test_what_is_not_sql_is_left_out(text: str, sql: str | None) -> None:
    (found,) = body_statements("plpgsql", text)
    assert sql is None or found.sql == sql
    assert source_text(found.sql).parse() is not None


def test_a_body_without_end_gives_nothing() -> None:
    assert body_statements("plpgsql", "begin select 'never ends; end") == []


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(body_statements("plpgsql", text), list)
