"""A bookshop on SQLAlchemy 2: each function is one page or job, on a session of its own.

A line with `# planted:` is where a pattern must be found, with its kind; functions without one are
near misses. Run: python with_sqlalchemy.py URL TRACE
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from sqlalchemy import ForeignKey, create_engine, func, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    undefer,
)

from dbaudit import trace


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list[Book]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    title: Mapped[str]
    body: Mapped[str] = mapped_column(deferred=True)
    price: Mapped[int]
    author: Mapped[Author] = relationship(back_populates="books")
    reviews: Mapped[list[Review]] = relationship()


class Review(Base):
    __tablename__ = "review"
    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))
    stars: Mapped[int]


def lazy_parent(session: Session) -> int:
    length = 0
    for book in session.scalars(select(Book)).all():
        length += len(book.author.name)  # planted: n-plus-one
    return length


def nested_collections(session: Session) -> int:
    stars = 0
    for author in session.scalars(select(Author)).all():
        for book in author.books:  # planted: n-plus-one
            stars += sum(review.stars for review in book.reviews)  # planted: n-plus-one
    return stars


def expired_columns(session: Session) -> list[str]:
    books = session.scalars(select(Book)).all()
    session.commit()
    return [book.title for book in books]  # planted: n-plus-one


def deferred_columns(session: Session) -> int:
    books = session.scalars(select(Book)).all()
    return sum(len(book.body) for book in books)  # planted: n-plus-one


def one_get_each(session: Session) -> list[str]:
    names = []
    for key in session.scalars(select(Book.author_id).distinct()):
        author = session.get_one(Author, key)  # planted: n-plus-one
        names.append(author.name)
    return names


def literal_in_text(session: Session) -> int:
    total = 0
    for key in session.scalars(select(Book.id)).all():
        query = text(f"SELECT count(*) FROM review WHERE book_id = {key}")
        total += session.scalar(query) or 0  # planted: n-plus-one
    return total


def same_count_each_time(session: Session) -> list[str]:
    lines = []
    for number in range(20):
        total = session.scalar(select(func.count()).select_from(Author))  # planted: repeated
        lines.append(f"{number} of {total}")
    return lines


def row_by_row_updates(session: Session) -> None:
    for key in session.scalars(select(Book.id)).all():
        query = update(Book).where(Book.id == key).values(price=key)
        session.execute(query)  # planted: writes
    session.commit()


def flush_each_row(session: Session) -> None:
    for number in range(20):
        session.add(Review(book_id=1 + number, stars=5))
        session.flush()  # planted: writes
    session.commit()


def joined_parent(session: Session) -> list[str]:
    books = session.scalars(select(Book).options(joinedload(Book.author))).all()
    return [book.author.name for book in books]


def selected_collections(session: Session) -> int:
    loads = selectinload(Author.books).selectinload(Book.reviews)
    authors = session.scalars(select(Author).options(loads)).all()
    return sum(review.stars for author in authors for b in author.books for review in b.reviews)


def undeferred_columns(session: Session) -> int:
    return sum(len(book.body) for book in session.scalars(select(Book).options(undefer(Book.body))))


def pages(session: Session) -> int:
    seen = 0
    for start in range(0, 36, 4):
        seen += len(session.scalars(select(Book).order_by(Book.id).limit(4).offset(start)).all())
    return seen


def keyset_pages(session: Session) -> int:
    last = seen = 0
    while books := session.scalars(
        select(Book).where(Book.id > last).order_by(Book.id).limit(5)
    ).all():
        seen, last = seen + len(books), books[-1].id
    return seen


def batches_of_keys(session: Session) -> int:
    seen = 0
    for start in range(1, 37, 6):
        keys = range(start, start + 6)
        seen += len(session.scalars(select(Book).where(Book.id.in_(keys))).all())
    return seen


def rows_added_at_once(session: Session) -> None:
    session.add_all(Review(book_id=1 + number, stars=4) for number in range(20))
    session.commit()


def rows_given_at_once(session: Session) -> None:
    session.execute(insert(Review), [{"book_id": 1 + n, "stars": 3} for n in range(20)])
    session.execute(update(Book), [{"id": 1 + n, "price": 20 + n} for n in range(20)])
    session.commit()


def two_of_a_kind(session: Session) -> list[str]:
    return [session.get_one(Author, key).name for key in (3, 7)]


async def async_lazy_parent(session: AsyncSession) -> list[str]:
    names = []
    for book in (await session.scalars(select(Book))).all():
        author = await session.get_one(Author, book.author_id)  # planted: n-plus-one
        names.append(author.name)
    return names


async def async_collections(session: AsyncSession) -> int:
    loads = selectinload(Author.books)
    authors = (await session.scalars(select(Author).options(loads))).all()
    return sum(len(author.books) for author in authors)


PAGES: tuple[Callable[[Session], object], ...] = (
    lazy_parent,
    nested_collections,
    expired_columns,
    deferred_columns,
    one_get_each,
    literal_in_text,
    same_count_each_time,
    row_by_row_updates,
    flush_each_row,
    joined_parent,
    selected_collections,
    undeferred_columns,
    pages,
    keyset_pages,
    batches_of_keys,
    rows_added_at_once,
    rows_given_at_once,
    two_of_a_kind,
)
ASYNC_PAGES = (async_lazy_parent, async_collections)


def main(url: str, path: str) -> None:
    tracer = trace.to(path)
    for page in PAGES:
        engine = tracer.sqlalchemy(create_engine(_named(url, page)))
        with tracer.request(page.__name__), Session(engine) as session:
            page(session)
        engine.dispose()
    asyncio.run(_async_main(url, tracer))


async def _async_main(url: str, tracer: trace.Tracer) -> None:
    for page in ASYNC_PAGES:
        engine = tracer.sqlalchemy(create_async_engine(_named(url, page)))
        with tracer.request(page.__name__):
            async with AsyncSession(engine) as session:
                await page(session)
        await engine.dispose()


def _named(url: str, page: Callable[..., object]) -> str:
    """The application's name in the server's log is that of the page."""
    named = make_url(url).update_query_dict({"application_name": page.__name__})
    return named.render_as_string(hide_password=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
