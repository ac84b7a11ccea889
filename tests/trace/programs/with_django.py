"""A bookshop on Django: each function is one page or job, on a connection of its own.

A line with `# planted:` is where a pattern must be found, with its kind; functions without one are
near misses. Run: python with_django.py SOCKET_FOLDER PORT DATABASE TRACE
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import django
from django.conf import settings

from dbaudit import trace

HERE = Path(__file__).resolve().parent


def configure(host: str, port: str, name: str) -> None:
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": host,
                "PORT": port,
                "NAME": name,
                "USER": "postgres",
                "OPTIONS": {},
            }
        },
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE]},
        ],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()


configure(*sys.argv[1:4])

from django.db import connection, models  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402


class Author(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "bookshop"
        db_table = "author"


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    title = models.TextField()
    body = models.TextField()
    price = models.IntegerField()

    class Meta:
        app_label = "bookshop"
        db_table = "book"


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    stars = models.IntegerField()

    class Meta:
        app_label = "bookshop"
        db_table = "review"


def foreign_key_each() -> list[str]:
    return [book.author.name for book in Book.objects.all()]  # planted: n-plus-one


def reverse_set_each() -> int:
    total = 0
    for author in Author.objects.all():
        total += len(author.book_set.all())  # planted: n-plus-one
    return total


def nested_sets() -> int:
    stars = 0
    for author in Author.objects.all():
        for book in author.book_set.all():  # planted: n-plus-one
            for review in book.review_set.all():  # planted: n-plus-one
                stars += review.stars
    return stars


def loop_in_template() -> str:
    # books.html:4 is planted: n-plus-one
    return render_to_string("books.html", {"books": Book.objects.all()})


def deferred_columns() -> int:
    total = 0
    for book in Book.objects.only("id"):
        total += len(book.body)  # planted: n-plus-one
    return total


def count_each() -> int:
    total = 0
    for book in Book.objects.all():
        total += book.review_set.count()  # planted: n-plus-one
    return total


def save_each() -> None:
    for book in Book.objects.all():
        book.price += 1
        book.save()  # planted: writes


def create_each() -> None:
    for number in range(20):
        Review.objects.create(book_id=1 + number, stars=5)  # planted: writes


def same_count_each_time() -> list[str]:
    return [f"{number} of {Author.objects.count()}" for number in range(20)]  # planted: repeated


def selected_foreign_key() -> list[str]:
    return [book.author.name for book in Book.objects.select_related("author")]


def prefetched_sets() -> int:
    authors = Author.objects.prefetch_related("book_set__review_set")
    return sum(len(b.review_set.all()) for author in authors for b in author.book_set.all())


def selected_in_template() -> str:
    return render_to_string("books.html", {"books": Book.objects.select_related("author")})


def pages() -> int:
    books = Book.objects.order_by("id")
    return sum(len(books[start : start + 4]) for start in range(0, 36, 4))


def chunks_of_a_cursor() -> int:
    return sum(1 for _ in Book.objects.iterator(chunk_size=5))


def batches_of_keys() -> int:
    return sum(len(Book.objects.in_bulk(range(start, start + 6))) for start in range(1, 37, 6))


def rows_given_at_once() -> None:
    Review.objects.bulk_create(Review(book_id=1 + number, stars=4) for number in range(20))
    books = list(Book.objects.all())
    for book in books:
        book.price += 1
    Book.objects.bulk_update(books, ["price"])
    Book.objects.update(price=models.F("price") + 1)


async def async_foreign_key_each() -> list[str]:
    names = []
    async for book in Book.objects.all():
        author = await Author.objects.aget(id=book.author_id)  # planted: n-plus-one
        names.append(author.name)
    return names


async def async_selected() -> list[str]:
    return [book.author.name async for book in Book.objects.select_related("author")]


PAGES = (
    foreign_key_each,
    reverse_set_each,
    nested_sets,
    loop_in_template,
    deferred_columns,
    count_each,
    save_each,
    create_each,
    same_count_each_time,
    selected_foreign_key,
    prefetched_sets,
    selected_in_template,
    pages,
    chunks_of_a_cursor,
    batches_of_keys,
    rows_given_at_once,
)
ASYNC_PAGES = (async_foreign_key_each, async_selected)


def main(path: str) -> None:
    tracer = trace.to(path)
    tracer.django()
    for page in (*PAGES, *ASYNC_PAGES):
        connection.close()
        connection.settings_dict["OPTIONS"]["application_name"] = page.__name__
        with tracer.request(page.__name__):
            asyncio.run(page()) if page in ASYNC_PAGES else page()
    connection.close()


if __name__ == "__main__":
    main(sys.argv[4])
