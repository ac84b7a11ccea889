"""CREATE INDEX is read as PostgreSQL's grammar has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.migration_files.effects import CreatedIndex
from dbaudit.migration_files.read_statements import read_statements

_NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12
).filter(lambda name: "\0" not in name)
_KEYS = st.builds(
    IndexKey,
    text=_NAMES,
    opclass=st.sampled_from([None, "text_pattern_ops", 'my."Class"']),
    collation=st.sampled_from([None, '"C"', 'pg_catalog."de-x-icu"']),
    descending=st.booleans(),
    nulls_first=st.sampled_from([None]),
) | st.sampled_from(
    [
        IndexKey("lower(title)", is_expression=True),
        IndexKey("meta ->> 'a, (b'", is_expression=True, descending=True, nulls_first=False),
        IndexKey("coalesce(a, b[1])", is_expression=True, opclass="int4_ops"),
    ]
)
_DEFINITIONS = st.builds(
    IndexDefinition,
    schema=_NAMES,
    table=_NAMES,
    keys=st.lists(_KEYS, min_size=1, max_size=3).map(tuple),
    method=st.sampled_from(["btree", "gin", "brin"]),
    include=st.lists(_NAMES, max_size=2).map(tuple),
    where=st.sampled_from([None, "a > 1 AND b IS NOT NULL", "kind IN ('x', 'y')"]),
    unique=st.booleans(),
    options=st.sampled_from([(), (("fillfactor", "70"),)]),
)


def _read(sql: str) -> CreatedIndex:
    (statement,) = read_statements(sql)
    assert statement.reason is None, statement.reason
    (effect,) = statement.effects
    assert isinstance(effect, CreatedIndex)
    return effect


@given(_DEFINITIONS, _NAMES, st.booleans())
def test_what_dbaudit_writes_is_read_back(
    definition: IndexDefinition, name: str, concurrently: bool
) -> None:
    read = _read(definition.ddl(name, concurrently=concurrently))
    assert read.name == name
    assert read.is_concurrent == concurrently
    assert read.definition == definition


def test_everything_that_the_grammar_allows() -> None:
    read = _read(
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "My Index" ON ONLY shop."Orders" USING GIN (
            title gin_trgm_ops (siglen = 32), /* two */ lower(a.f) COLLATE "C" DESC NULLS LAST,
            (x + 1) ASC NULLS FIRST
        ) INCLUDE (b, "C d") NULLS NOT DISTINCT WITH (fillfactor = 70, fastupdate)
        TABLESPACE fast WHERE note <> 'done; (really)'
        """.replace("a.f", "f")
    )
    assert (read.schema, read.table, read.name, read.is_only) == (
        "shop",
        "Orders",
        "My Index",
        True,
    )
    keys = read.definition.keys
    assert keys[0] == IndexKey("title", opclass="gin_trgm_ops (siglen = 32)")
    assert keys[1] == IndexKey("lower(f)", True, None, '"C"', True, False)
    assert keys[2] == IndexKey("x + 1", is_expression=True, nulls_first=True)
    assert read.definition.include == ("b", "C d")
    assert read.definition.options == (("fillfactor", "70"), ("fastupdate", "true"))
    assert read.definition.where == "note <> 'done; (really)'"
    assert read.definition.method == "gin"


def test_an_index_without_a_name() -> None:
    read = _read("create index concurrently on orders (customer_id)")
    assert read.name is None
    assert read.definition.name == "orders_customer_id_idx"


@pytest.mark.parametrize(
    "sql",
    [
        "create index on",
        "create index a on b",
        "create index a on b (",
        "create index a on b (c d e f)",
        "create index a on b (c) wher x",
        "create index a on b (c) where",
        "create index a (c)",
        "create index a on b (c nulls sometimes)",
        "create index a on b (c.d)",
    ],
)
def test_what_is_no_index_has_a_reason(sql: str) -> None:
    (statement,) = read_statements(sql)
    assert statement.reason
    assert statement.effects == ()


@given(st.text(alphabet="create index on()a,.;'\"$/*-\n concurrently", max_size=80))
def test_nothing_makes_the_reader_fail(text: str) -> None:
    for statement in read_statements(f"create index {text}"):
        assert statement.line >= 1
