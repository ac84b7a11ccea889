"""An index taken apart and put together again is the same index."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.migrate.ddl import CreateIndex, parse_create
from dbaudit.migrate.render.definition_text import definition_in
from dbaudit.migrate.render.python_text import literal, literal_lines

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
expressions = st.sampled_from(
    ["lower(a)", "a + 1", "(a)::text", "meta->>'k, \"(x'", "f(a, 'b)')", "coalesce(a, b) || c"]
)
keys = st.builds(
    IndexKey,
    text=names,
    opclass=st.sampled_from([None, "text_ops", 'public."Odd"', "gist_trgm_ops (siglen = 9)"]),
    collation=st.sampled_from([None, '"C"', 'pg_catalog."de-x-icu"']),
    descending=st.booleans(),
    nulls_first=st.none(),
) | st.builds(IndexKey, text=expressions, is_expression=st.just(True), descending=st.booleans())
definitions = st.builds(
    IndexDefinition,
    schema=names,
    table=names,
    keys=st.lists(keys, min_size=1, max_size=3).map(tuple),
    method=st.sampled_from(["btree", "gin"]),
    include=st.lists(names, max_size=2).map(tuple),
    where=st.none() | st.sampled_from(["a = 'x, )' AND b > 3", "(a IS NULL)"]),
    unique=st.booleans(),
    options=st.sampled_from([(), (("fillfactor", "90"),), (("a", "1"), ("b", "off"))]),
)


@given(definitions)
def test_what_is_written_is_read_back(index: IndexDefinition) -> None:
    assert definition_in(parse_create(index.ddl("i")), index.schema) == index


@pytest.mark.parametrize(
    "tail",
    [
        "(a) NULLS NOT DISTINCT",
        "(a) TABLESPACE fast",
        "(a b c)",
        "(a.b)",
        "(a) WITH (fillfactor)",
        "(a) WHERE",
        '(U&"a")',
        "(1)",
        "USING btree",
        "(a, )",
    ],
)
def test_what_the_pieces_cannot_say_is_left_whole(tail: str) -> None:
    assert definition_in(CreateIndex("i", "s", "t", tail), "s") is None


def test_the_end_of_an_order_at_which_nulls_are() -> None:
    found = definition_in(
        CreateIndex("i", "s", "t", "(a NULLS FIRST, b DESC NULLS LAST, c ASC)"), "s"
    )
    assert found is not None
    assert [key.sql for key in found.keys] == ["a NULLS FIRST", "b DESC NULLS LAST", "c"]


@given(st.text(max_size=300))
def test_python_reads_the_same_text(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    lines = literal_lines(text, "        ")
    assert ast.literal_eval("(" + "\n".join(lines) + ")") == text
