"""Cures of loops: the batch, the joined form, the library's own words."""

from __future__ import annotations

import pytest

from dbaudit.findings import Confidence
from dbaudit.traffic.cure import Cure, cure
from dbaudit.traffic.loop import LoopKind
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.orm import library_of
from dbaudit.traffic.repeated import of_one_form, repeated, repeated_lookup, with_values
from dbaudit.traffic.shape import read_shape
from dbaudit.traffic.totals import Example
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint, normalised

NOTHING = Catalog({})


def _example(text: str, *parameters: str | None) -> Example:
    return Example(text, None, parameters, 1.0, 0.0, None)


def _cure(
    parent: Example | None,
    *children: Example,
    kind: LoopKind = LoopKind.N_PLUS_ONE,
    libraries: tuple[str, ...] = (),
) -> Cure:
    shapes = {fingerprint(e.text): read_shape(fingerprint(e.text), normalised(e.text), e.text)
              for e in children}  # fmt: skip
    pattern = LoopPattern(
        kind=kind,
        parent=None,
        children=tuple(shapes.values()),
        occurrences=1,
        executions=10,
        largest=10,
        typical=10,
        total_ms=5.0,
        share=0.5,
        sessions=1,
        requests=0,
        routes=(),
        places=(),
        parent_matches=0,
        confidence=Confidence.LIKELY,
        libraries=libraries,
        loads=(),
        parent_example=parent,
        examples=children,
    )
    return cure(pattern, NOTHING, {})


def test_the_children_of_a_query_are_asked_for_at_once() -> None:
    found = _cure(
        _example("SELECT id, name FROM author WHERE country = $1", "fr"),
        _example("SELECT title FROM book WHERE author_id = 17"),
        _example("select title from book where author_id = 18"),
    )
    assert found.sql == (
        "SELECT author_id, title FROM book WHERE author_id = ANY ($1)",
        "SELECT author_id, title FROM book WHERE author_id IN "
        "(SELECT parent.id FROM (SELECT id, name FROM author WHERE country = 'fr') AS parent)",
    )
    assert found.summary == "ask for all keys in one statement"


def test_two_statements_a_turn_have_two_batches() -> None:
    names = [_example("SELECT id FROM caches WHERE name = $1", name) for name in ("a", "b")]
    delete = "DELETE FROM chunk WHERE cache_id = '{}' AND kind = 'web' AND at < '2026-01-01'"
    keys = ("c56a4180-65aa-42ec-a945-5fd21dec0538", "c56a4180-65aa-42ec-a945-5fd21dec0539")
    deletes = [_example(delete.format(key)) for key in keys]
    found = _cure(
        _example("SELECT name FROM caches WHERE name LIKE 'web_cache_%'"), *names, *deletes
    )
    assert found.sql == (
        "SELECT name, id FROM caches WHERE name = ANY ($1)",
        "DELETE FROM chunk WHERE cache_id = ANY ($1) AND kind = 'web' AND at < '2026-01-01'",
    )
    assert "mind that _ in LIKE 'web_cache_%' matches any character" in found.summary


def test_a_parent_by_pattern_is_kept_as_it_is_and_warned_of() -> None:
    found = _cure(
        _example("SELECT id FROM collection WHERE name LIKE 'web_cache_%'"),
        _example("DELETE FROM chunk WHERE collection_id = $1", "1"),
        _example("DELETE FROM chunk WHERE collection_id = $1", "2"),
    )
    assert found.joined == (
        "DELETE FROM chunk WHERE collection_id IN (SELECT parent.id FROM "
        "(SELECT id FROM collection WHERE name LIKE 'web_cache_%') AS parent)"
    )
    assert "write starts_with()" in found.summary


def test_an_escaped_underscore_is_no_wildcard() -> None:
    found = _cure(
        _example("SELECT id FROM collection WHERE name LIKE 'web\\_cache\\_%'"),
        _example("DELETE FROM chunk WHERE collection_id = $1", "1"),
        _example("DELETE FROM chunk WHERE collection_id = $1", "2"),
    )
    assert "mind" not in found.summary


def test_rows_are_inserted_together() -> None:
    found = _cure(
        None,
        _example("INSERT INTO t (id, name) VALUES ($1, $2)", "1", "a"),
        _example("INSERT INTO t (id, name) VALUES ($1, $2)", "2", "b"),
        kind=LoopKind.ROW_BY_ROW_WRITE,
    )
    assert found.sql == (
        "INSERT INTO t (id, name) SELECT k.new_id, k.new_name FROM "
        "unnest($1::bigint[], $2::text[]) AS k (new_id, new_name)",
    )


def test_a_repeated_query_is_remembered() -> None:
    one = _example("SELECT v FROM setting WHERE k = 'a'")
    found = _cure(None, one, one, kind=LoopKind.REPEATED_QUERY)
    assert found.sql == ()
    assert found.summary.startswith("ask once and keep the answer")


@pytest.mark.parametrize(
    ("text", "library"),
    [
        ("SELECT book.id AS book_id, book.title AS book_title \nFROM book \n"
         "WHERE $1 = book.author_id", "sqlalchemy"),
        ("SELECT b.x FROM b WHERE b.id = %(pk_1)s", "sqlalchemy"),
        ('SELECT "shop_book"."id", "shop_book"."title" FROM "shop_book" WHERE '
         '"shop_book"."author_id" = 1 LIMIT 21', "django"),
        ('SELECT "books".* FROM "books" WHERE "books"."author_id" = $1', "rails"),
        ("select b1_0.id,b1_0.title from book b1_0 where b1_0.author_id=$1", "hibernate"),
        ('SELECT "id", "title" FROM "book" WHERE "author_id" = $1', None),
        ("SELECT b.id, b.title AS b_name FROM b WHERE b.id = 1", None),
    ],
)  # fmt: skip
def test_a_library_is_told_by_its_style(text: str, library: str | None) -> None:
    assert library_of([text], [None]) == library


def test_a_word_counts_before_the_style() -> None:
    assert (
        library_of(['SELECT "books".* FROM "books" WHERE "books"."id" = 1'], ["django:5.1"])
        == "django"
    )


def test_the_library_has_its_own_words() -> None:
    books = [
        _example("SELECT title FROM book WHERE author_id = %(author_id)s", str(n)) for n in (1, 2)
    ]
    assert (
        'Django: add .prefetch_related("…")' in _cure(None, *books, libraries=("django",)).summary
    )
    authors = [_example("SELECT name FROM author WHERE id = %s LIMIT 21", str(n)) for n in (1, 2)]
    found = _cure(None, *authors, libraries=("django",))
    assert 'Django: add .select_related("…")' in found.summary
    assert found.sql == ("SELECT id, name FROM author WHERE id = ANY ($1)",)


def test_what_differs_is_told_from_two_executions() -> None:
    found = repeated(
        [
            _example("SELECT * FROM t WHERE a = 'it''s' AND b = 5 AND c = $1 LIMIT 10", "x"),
            _example(
                "SELECT * FROM t /* note */ WHERE a = 'b' AND b = 5 AND c = $1\nLIMIT 10;", "x"
            ),
        ]
    )
    assert found is not None
    assert found.statement == "SELECT * FROM t WHERE a = $2 AND b = 5 AND c = $1 LIMIT 10"
    assert (found.varying, found.types) == (frozenset({2}), {1: "text", 2: "text"})


def test_texts_of_different_forms_have_no_common_statement() -> None:
    assert repeated([_example("SELECT 1"), _example("SELECT 'a'")]) is None
    assert repeated([_example("SELECT 'never ends")]) is None
    assert repeated([]) is None


def test_bound_values_are_written_as_literals() -> None:
    example = _example("SELECT * FROM t WHERE a = $1 AND b = $2 AND c = $3", "it's", None)
    assert with_values(example) == "SELECT * FROM t WHERE a = 'it''s' AND b = NULL AND c = $3"
    assert with_values(_example("SELECT %s, %s", "1", "2")) == "SELECT '1', '2'"


def test_a_lookup_is_told_from_its_normal_form_alone() -> None:
    found = repeated_lookup("select name from author where id = ? and kind <> ? limit ?")
    assert found is not None
    assert found.statement == "select name from author where id = $1 and kind <> $2 limit $3"
    assert found.varying == frozenset({1})
    assert repeated_lookup("select name from author where id = ? and kind = ?") is None
    assert repeated_lookup("select 'never ends") is None


def test_a_negative_number_differs_in_form_from_a_positive_one() -> None:
    one, other = _example("UPDATE t SET n = 1"), _example("UPDATE t SET n = -1")
    assert of_one_form([one, other, one]) == [one, one]


def test_a_function_is_called_in_one_statement() -> None:
    orders = _example("SELECT id FROM orders")
    calls = [_example("SELECT shop.total($1) AS n", str(key)) for key in (1, 2)]
    found = _cure(orders, *calls, libraries=("sqlalchemy",))
    assert found.sql == (
        "SELECT k.key_1, q.* FROM unnest($1::integer[]) AS k (key_1) "
        "CROSS JOIN LATERAL (SELECT shop.total(k.key_1) AS n) AS q",
    )
    assert found.summary.startswith("call the function in the query that reads the rows")
    assert "SQLAlchemy" not in found.summary
    procedure = _cure(orders, *(_example("CALL settle($1)", str(key)) for key in (1, 2)))
    assert procedure.summary == "give the procedure all keys at once, as an array"
    assert procedure.sql == ()
