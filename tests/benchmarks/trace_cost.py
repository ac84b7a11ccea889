"""What `dbaudit.trace` costs a statement: the same loop with and without it, in turns."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from dbaudit import trace
from dbaudit.targets.cluster import THROWAWAY, Cluster

#: Many short rounds in turns: on a busy machine a long one meets other work than the next.
ROUNDS = 30
STATEMENTS = 200
SCHEMA = """
CREATE TABLE author (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO author SELECT n, 'Author ' || n FROM generate_series(1, 200) AS n;
"""

#: Sends so many statements; hooked by the tracer first, where one is given.
Loop = Callable[[], None]
Prepare = Callable[[str, trace.Tracer], AbstractContextManager[Loop]]


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@contextmanager
def with_psycopg(dsn: str, tracer: trace.Tracer) -> Iterator[Loop]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        tracer.psycopg(connection)

        def loop() -> None:
            for key in range(1, STATEMENTS + 1):
                connection.execute("SELECT name FROM author WHERE id = %s", (key,)).fetchone()

        yield loop


@contextmanager
def with_sqlalchemy_core(dsn: str, tracer: trace.Tracer) -> Iterator[Loop]:
    engine = tracer.sqlalchemy(create_engine("postgresql+psycopg://", creator=_creator(dsn)))
    query = text("SELECT name FROM author WHERE id = :key")
    with engine.connect() as connection:

        def loop() -> None:
            for key in range(1, STATEMENTS + 1):
                connection.execute(query, {"key": key}).scalar()

        yield loop
    engine.dispose()


@contextmanager
def with_sqlalchemy_orm(dsn: str, tracer: trace.Tracer) -> Iterator[Loop]:
    engine = tracer.sqlalchemy(create_engine("postgresql+psycopg://", creator=_creator(dsn)))
    with Session(engine) as session:

        def loop() -> None:
            for key in range(1, STATEMENTS + 1):
                session.scalars(select(Author).where(Author.id == key)).one()
            session.expunge_all()

        yield loop
    engine.dispose()


@contextmanager
def with_django(dsn: str, tracer: trace.Tracer) -> Iterator[Loop]:
    from django.db import connection  # noqa: PLC0415

    model = _django_model()
    tracer.django()

    def loop() -> None:
        for key in range(1, STATEMENTS + 1):
            model.objects.get(id=key)

    yield loop
    connection.close()


def _creator(dsn: str) -> Callable[[], psycopg.Connection[Any]]:
    return lambda: psycopg.connect(dsn)


_models: list[Any] = []


def _django_model() -> Any:
    if not _models:
        from django.db import models  # noqa: PLC0415

        class Writer(models.Model):
            name = models.TextField()

            class Meta:
                app_label = "bookshop"
                db_table = "author"

        _models.append(Writer)
    return _models[0]


def _configure_django(dsn: str) -> None:
    import django  # noqa: PLC0415

    where = conninfo_to_dict(dsn)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": where["host"],
        "PORT": where["port"],
        "NAME": where["dbname"],
        "USER": where["user"],
    }
    settings.configure(DATABASES={"default": database})
    django.setup()


LOOPS: dict[str, Prepare] = {
    "psycopg": with_psycopg,
    "SQLAlchemy Core": with_sqlalchemy_core,
    "SQLAlchemy ORM": with_sqlalchemy_orm,
    "Django ORM": with_django,
}


def main() -> None:
    with Cluster(settings=THROWAWAY) as cluster, tempfile.TemporaryDirectory() as folder:
        dsn = cluster.dsn()
        with psycopg.connect(dsn) as connection:
            connection.execute(SCHEMA)
        _configure_django(dsn)
        print(f"µs of CPU a statement, medians of {ROUNDS} rounds in turns")
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")
        print("| library | without | traced | the hook | ratio | least | the hook | off |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for name, prepare in LOOPS.items():
            _print_cost(name, prepare, dsn, Path(folder))


def _print_cost(name: str, prepare: Prepare, dsn: str, folder: Path) -> None:
    without, off, traced = [], [], []
    for _ in range(ROUNDS):
        without.append(_took(prepare, dsn, trace.Tracer(None)))
        off.append(_took(prepare, dsn, trace.to()))
        with trace.to(folder / "trace.jsonl") as tracer:
            traced.append(_took(prepare, dsn, tracer))
        (folder / "trace.jsonl").unlink()
    before, after, idle = map(statistics.median, (without, traced, off))
    ratio = statistics.median(t / w for t, w in zip(traced, without, strict=True))
    least = min(without)
    print(
        f"| {name} | {before:.0f} | {after:.0f} | {after - before:.0f} | {ratio:.2f} "
        f"| {least:.0f} | {min(traced) - least:.0f} | {idle / before:.2f} |"
    )


def _took(prepare: Prepare, dsn: str, tracer: trace.Tracer) -> float:
    """Microseconds of this process's CPU a statement, its writing thread included."""
    with prepare(dsn, tracer) as loop:
        loop()
        started = time.process_time()
        loop()
        return (time.process_time() - started) / STATEMENTS * 1e6


if __name__ == "__main__":
    main()
