"""CREATE INDEX is read as PostgreSQL's grammar has it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.index_definition import IndexDefinition, IndexKey
from dbaudit.workload.create_index import IndexHead, read_definition, read_head
from dbaudit.workload.lexer import LexError, significant, tokens
from dbaudit.workload.token_reader import TokenReader, UnreadableError

_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
_KEYS = st.builds(
    IndexKey,
    text=_NAMES,
    opclass=st.sampled_from([None, "text_ops", 'my."Class"', "gist_trgm_ops (siglen = 9)"]),
    collation=st.sampled_from([None, '"C"', 'pg_catalog."de-x-icu"']),
    descending=st.booleans(),
) | st.sampled_from(
    [
        IndexKey("lower(title)", is_expression=True),
        IndexKey("meta->>'k, \"(x'", is_expression=True, descending=True, nulls_first=False),
        IndexKey("coalesce(a, b[1]) || (c)::text", is_expression=True, opclass="int4_ops"),
        IndexKey("f(a, 'b)')", is_expression=True, nulls_first=True),
    ]
)
_DEFINITIONS = st.builds(
    IndexDefinition,
    schema=_NAMES,
    table=_NAMES,
    keys=st.lists(_KEYS, min_size=1, max_size=3).map(tuple),
    method=st.sampled_from(["btree", "gin", "brin"]),
    include=st.lists(_NAMES, max_size=2).map(tuple),
    where=st.sampled_from([None, "a = 'x, )' AND b > 3", "(a IS NULL)", "kind IN ('x', 'y')"]),
    unique=st.booleans(),
    options=st.sampled_from([(), (("fillfactor", "70"),), (("a", "1"), ("b", "off"))]),
)


def _read(sql: str) -> tuple[IndexHead, IndexDefinition, bool]:
    reader = TokenReader(significant(tokens(sql)))
    head = read_head(reader)
    found, says_all = read_definition(
        reader, head.schema or "", head.table, is_unique=head.is_unique
    )
    return head, found, says_all


@given(_DEFINITIONS, _NAMES, st.booleans())
def test_what_dbaudit_writes_is_read_back(
    definition: IndexDefinition, name: str, concurrently: bool
) -> None:
    head, found, says_all = _read(definition.ddl(name, concurrently=concurrently))
    assert (head.name, head.is_concurrent) == (name, concurrently)
    assert found == definition
    assert says_all


def test_everything_that_the_grammar_allows() -> None:
    head, found, says_all = _read(
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "My Index" ON ONLY shop."Orders" USING GIN (
            title gin_trgm_ops(siglen = 32), /* two */ lower(f) COLLATE "C" DESC NULLS LAST,
            (x + 1) ASC NULLS FIRST
        ) INCLUDE (b, "C d") NULLS NOT DISTINCT WITH (fillfactor = 70, fastupdate)
        TABLESPACE fast WHERE note <> 'done; (really)'
        """
    )
    assert head == IndexHead("My Index", "shop", "Orders", True, False, True)
    assert found.keys == (
        IndexKey("title", opclass="gin_trgm_ops (siglen = 32)"),
        IndexKey("lower(f)", True, None, '"C"', True, False),
        IndexKey("x + 1", is_expression=True, nulls_first=True),
    )
    assert found.include == ("b", "C d")
    assert found.options == (("fillfactor", "70"), ("fastupdate", "true"))
    assert found.where == "note <> 'done; (really)'"
    assert (found.method, found.unique) == ("gin", True)
    assert not says_all


def test_an_index_without_a_name() -> None:
    head, found, _ = _read("create index concurrently on orders (customer_id)")
    assert head.name is None
    assert found.name == "orders_customer_id_idx"


@pytest.mark.parametrize(
    ("tail", "says_all"),
    [
        ("(a ASC) NULLS DISTINCT WITH (fastupdate)", True),
        ("(a) NULLS NOT DISTINCT", False),
        ("(a) TABLESPACE fast", False),
    ],
)
def test_what_a_definition_cannot_say_is_told(tail: str, says_all: bool) -> None:
    assert _read(f"create index i on t {tail}")[2] == says_all


@pytest.mark.parametrize(
    "sql",
    [
        "create index on",
        "create index on on t (a)",
        "create index a on b",
        "create index a on b (",
        "create index a on b (c]",
        "create index a (c)",
        'create index "" on b (c)',
        "create index a on b using btree",
        "create index a on b (1)",
        "create index a on b (c, )",
        "create index a on b (c.d)",
        "create index a on b (c d e f)",
        "create index a on b (c desc asc)",
        "create index a on b (c nulls sometimes)",
        'create index a on b (U&"c")',
        "create index a on b (c) include (d desc)",
        "create index a on b (c) with (fillfactor =)",
        "create index a on b (c) with (toast.fillfactor = 1)",
        "create index a on b (c) wher x",
        "create index a on b (c) where",
    ],
)
def test_what_is_no_index_is_refused(sql: str) -> None:
    with pytest.raises(UnreadableError):
        _read(sql)


@given(st.text(alphabet="create index on()a,.;'\"$/*-\n concurrently", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableError, LexError):
        _read(f"create index {text}")
