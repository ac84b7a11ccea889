"""The cure in the words of the library, by what it is known to load."""

from __future__ import annotations

import pytest

from dbaudit.traffic.orm import Wanted, advice


@pytest.mark.parametrize(
    ("library", "to_one", "loads", "form"),
    [
        ("sqlalchemy", True, "lazy Book.author", "joinedload(Book.author)"),
        ("sqlalchemy", False, "lazy Author.books", "selectinload(Author.books)"),
        ("sqlalchemy", True, "deferred Book.body", "undefer(Book.body)"),
        ("sqlalchemy", True, "expired Book", "rows of Book expired by commit()"),
        ("sqlalchemy", True, "refresh Book", "the rows of Book again at once"),
        ("sqlalchemy", True, None, "joinedload(…)"),
        ("django", True, "lazy Book.author", 'select_related("author")'),
        ("django", False, "lazy Author.book_set", 'prefetch_related("book_set")'),
        ("django", True, "deferred Book.body", "Book.body is left out by only() or defer()"),
        ("django", True, None, 'select_related("…")'),
    ],
)
def test_what_is_loaded_names_the_cure(
    library: str, to_one: bool, loads: str | None, form: str
) -> None:
    assert form in (advice(library, Wanted("select", to_one, loads)) or "")


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert advice("psycopg", Wanted("select", loads="lazy Book.author")) is None
    assert advice(None, Wanted("insert")) is None
