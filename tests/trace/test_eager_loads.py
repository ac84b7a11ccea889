"""What queries load eagerly and nothing reads is told, and nothing else is."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import (
    Session,
    contains_eager,
    immediateload,
    joinedload,
    selectinload,
    subqueryload,
)

from dbaudit.targets.cluster import Cluster
from dbaudit.trace import Tracer
from dbaudit.traffic.eager_load import EagerLoad, EagerLoads, add_eager_loads
from tests.conftest import create_database
from tests.trace.conftest import PROGRAMS
from tests.trace.programs.with_sqlalchemy import Author, Book, Review

WITH_AUTHOR = select(Book).options(joinedload(Book.author))


def books(session: Session) -> list[Book]:
    """Books with their authors, of which only the title is read."""
    found = list(session.scalars(WITH_AUTHOR))
    assert [book.title for book in found]
    return found


def joined(session: Session) -> None:
    books(session)


def selected(session: Session) -> None:
    for author in session.scalars(select(Author).options(selectinload(Author.books))):
        assert author.name


def by_subquery(session: Session) -> None:
    for author in session.query(Author).options(subqueryload(Author.books)):
        assert author.name


def immediate(session: Session) -> None:
    for author in session.scalars(select(Author).options(immediateload(Author.books))):
        assert author.name


def two_levels(session: Session) -> None:
    loads = selectinload(Author.books).selectinload(Book.reviews)
    for author in session.scalars(select(Author).options(loads)):
        assert author.name


def inner_of_two_levels(session: Session) -> None:
    loads = selectinload(Author.books).selectinload(Book.reviews)
    for author in session.scalars(select(Author).options(loads)):
        assert [book.title for book in author.books]


def one_of_two(session: Session) -> None:
    for book in session.scalars(WITH_AUTHOR.options(selectinload(Book.reviews))):
        assert book.author.name


def until_commit(session: Session) -> None:
    kept = books(session)
    session.commit()
    assert kept


def objects_that_were_there(session: Session) -> None:
    there = list(session.scalars(select(Book)))
    session.expire_all()
    books(session)
    assert there


UNUSED = {
    joined: "joinedload Book.author",
    selected: "selectinload Author.books",
    by_subquery: "subqueryload Author.books",
    immediate: "immediateload Author.books",
    two_levels: "selectinload Author.books",
    inner_of_two_levels: "selectinload Book.reviews",
    one_of_two: "selectinload Book.reviews",
    until_commit: "joinedload Book.author",
    objects_that_were_there: "joinedload Book.author",
}


def of_one_row(session: Session) -> None:
    assert books(session)[7].author


def elsewhere(session: Session) -> None:
    assert [getattr(book, "author") for book in books(session)]  # noqa: B009


def by_vars(session: Session) -> None:
    assert [dict(vars(book)) for book in books(session)]


def by_unpacking(session: Session) -> None:
    assert [{**book.__dict__} for book in books(session)]


def by_items(session: Session) -> None:
    assert [[value for _, value in vars(book).items()] for book in books(session)]


def by_get(session: Session) -> None:
    assert [vars(book).get("author") for book in books(session)]


def by_inspection(session: Session) -> None:
    assert [inspect(book).attrs.author.loaded_value for book in books(session)]


def in_a_pickle(session: Session) -> None:
    kept = pickle.dumps(books(session))
    session.expunge_all()
    assert pickle.loads(kept)[0].author.name
    assert type(vars(pickle.loads(kept)[0])) is dict


def in_a_copy(session: Session) -> None:
    assert copy.deepcopy(books(session)[0]).author.name


def after_commit(session: Session) -> None:
    kept = books(session)
    session.commit()
    assert kept[0].author.name


def after_the_session(session: Session) -> None:
    kept = books(session)
    session.close()
    assert kept[0].author.name


def merged(session: Session) -> None:
    kept = books(session)
    session.expunge_all()
    with Session(session.get_bind()) as other:
        assert other.merge(kept[0], load=False).author.name


def deleted(session: Session) -> None:
    for author in session.scalars(select(Author).options(selectinload(Author.books))):
        assert author.name
        session.delete(author)
    with suppress(Exception):
        session.flush()
    session.rollback()


def raised_before(session: Session) -> None:
    with suppress(LookupError):
        for book in session.scalars(WITH_AUTHOR):
            if book.title:
                raise LookupError
            assert book.author


def never_looked_at(session: Session) -> None:
    assert len(session.scalars(WITH_AUTHOR).all()) == 36


def to_have_them_at_hand(session: Session) -> None:
    kept = books(session)
    assert kept
    assert session.get_one(Author, 3).name


def loaded_before(session: Session) -> None:
    before = books(session)
    assert [book.author for book in before]
    books(session)


def joined_for_a_filter(session: Session) -> None:
    query = select(Book).join(Book.author).options(contains_eager(Book.author))
    assert [book.title for book in session.scalars(query)]


def row_by_row(session: Session) -> None:
    query = WITH_AUTHOR.execution_options(yield_per=1)
    assert [(book.title, book.author) for book in session.scalars(query)]


def lazily(session: Session) -> None:
    assert [book.author.name for book in session.scalars(select(Book))]


USED = (
    *(of_one_row, elsewhere, by_vars, by_unpacking, by_items, by_get, by_inspection, in_a_pickle),
    *(in_a_copy, after_commit, after_the_session, merged, deleted, raised_before, never_looked_at),
    *(to_have_them_at_hand, loaded_before, joined_for_a_filter, row_by_row, lazily),
)


@pytest.fixture(scope="module")
def dsn(pg18: Cluster) -> str:
    return create_database(pg18, (PROGRAMS / "bookshop.sql").read_text("utf-8"))


@pytest.fixture(scope="module")
def engine(dsn: str) -> Iterator[Engine]:
    made = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    yield made
    made.dispose()


@pytest.fixture
def loads() -> Iterator[EagerLoads]:
    """What a tracer tells until the test ends."""
    told: EagerLoads = {}

    def take(line: dict[str, Any]) -> None:
        add_eager_loads(told, [EagerLoad.of_record(line)])

    with Tracer(take) as tracer:
        tracer.eager_loads()
        yield told
        assert tracer.failed == 0


def _run(work: Callable[[Session], None], engine: Engine) -> None:
    """In a session that is gone afterwards, with all of its objects."""
    with Session(engine) as session:
        work(session)


def _unused(loads: EagerLoads) -> list[str]:
    gc.collect()
    return [f"{each.option} {each.relationship}" for each in loads.values() if each.is_unused]


@pytest.mark.parametrize("work", UNUSED, ids=lambda work: work.__name__)
def test_what_nothing_reads_is_told(
    work: Callable[[Session], None], engine: Engine, loads: EagerLoads
) -> None:
    _run(work, engine)
    assert _unused(loads) == [UNUSED[work]]
    [load] = [each for each in loads.values() if each.is_unused]
    assert load.place.startswith("tests/trace/test_eager_loads.py:")
    assert (load.executions, load.library) == (1, "sqlalchemy")
    assert load.objects == load.largest == (12 if "Author" in load.relationship else 36)


@pytest.mark.parametrize("work", USED, ids=lambda work: work.__name__)
def test_what_is_read_or_may_be_is_not(
    work: Callable[[Session], None], engine: Engine, loads: EagerLoads
) -> None:
    _run(work, engine)
    assert not _unused(loads)


def test_what_one_caller_reads_is_used(engine: Engine, loads: EagerLoads) -> None:
    for work in (joined, of_one_row, joined):
        _run(work, engine)
    assert not _unused(loads)


def test_what_is_kept_is_not_judged(engine: Engine, loads: EagerLoads) -> None:
    with Session(engine) as session:
        kept = books(session)
    assert not _unused(loads)
    assert kept


def test_one_object_now_and_then_tells_little(engine: Engine, loads: EagerLoads) -> None:
    for times in range(1, 6):
        with Session(engine) as session:
            assert session.get_one(Review, 1, options=[]).stars
            assert session.get_one(Book, 1, options=[joinedload(Book.author)]).title
        session.close()
        assert bool(_unused(loads)) == (times == 5)


def test_asynchronous_sessions(dsn: str, loads: EagerLoads) -> None:
    async def work() -> None:
        async def connect() -> Any:
            return await psycopg.AsyncConnection.connect(dsn)

        engine = create_async_engine("postgresql+psycopg://", async_creator=connect)
        async with AsyncSession(engine) as session:
            assert [book.title for book in await session.scalars(WITH_AUTHOR)]
        await engine.dispose()

    asyncio.run(work())
    assert _unused(loads) == ["joinedload Book.author"]


def test_nothing_stays_when_it_ends(engine: Engine) -> None:
    lines: list[dict[str, Any]] = []
    with Tracer(lines.append) as tracer:
        tracer.eager_loads()
    with Session(engine) as session:
        assert type(vars(books(session)[0])) is dict
    assert not lines
