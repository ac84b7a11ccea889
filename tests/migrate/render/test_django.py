"""Django migrations: Django itself runs them up and down, in a project of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dbaudit.advise.plan_file import Plan
from dbaudit.identifiers import quote_ident
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.render.styles import Place, Style, renderer
from dbaudit.targets.cluster import Cluster
from tests.conftest import create_database
from tests.migrate.plans import plan_document
from tests.migrate.render.cases import (
    DROP,
    LOGS_ID,
    LONG,
    OTHER,
    TAILS,
    definitions,
    expected_definitions,
    index_of,
)
from tests.migrate.render.django_site import django, make_site

#: What Django's migrations do not make.
BESIDE = f"""
create extension pg_trgm;
create schema "Other";
create table "Other"."Dö:cs" (id bigint primary key, {quote_ident(LONG)} text);
create table logs (id int, at date not null) partition by range (at);
create schema parts;
create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table parts.{quote_ident(LONG)} partition of logs
    for values from ('2025-01-01') to ('2026-01-01') partition by list (id);
create table logs_2_rest partition of parts.{quote_ident(LONG)} default;
create table loose (a int);
"""
WRITER = index_of("public", "blog_writer", "writer_sort", "USING btree (sort, full_name)")
AUTHOR = index_of(
    "public", "docs", "docs_author", "USING btree (author_id) WHERE author_id IS NULL"
)
LOOSE = index_of("public", "loose", "loose_a", "USING btree (a)")
DROP_OLD = {
    **DROP,
    "undo_ddl": "CREATE INDEX CONCURRENTLY docs_old ON public.docs USING btree "
    "(owner DESC) INCLUDE (n) WHERE n > 3",
}


def plan() -> Plan:
    indexes = [index_of("public", "docs", name, tail) for name, tail in TAILS.items()]
    indexes += [OTHER, LOGS_ID, WRITER, AUTHOR, LOOSE]
    return plan_of(plan_document(indexes, (), [DROP_OLD]), "plan.json")


def write(made: Plan, folder: Path, app: str | None = None) -> dict[Path, str]:
    """Render the plan into the project."""
    files = dict(renderer(Style.DJANGO, Place(folder, app=app))(made))
    for path, text in files.items():
        path.write_text(text, "utf-8")
    return files


def nameless(found: dict[str, str]) -> Counter[str]:
    """The definitions without the indexes' names, which Django wants shorter."""
    return Counter(definition.partition(" ON ")[2] for definition in found.values())


@pytest.mark.parametrize("server", ["pg18", "pg15"])
def test_django_runs_them_up_and_down(
    server: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cluster: Cluster = request.getfixturevalue(server)
    site = make_site(tmp_path)
    dsn = create_database(cluster, BESIDE)
    django(site, dsn, "migrate")
    before = definitions(dsn)
    write(plan(), site, "shop")
    django(site, dsn, "migrate")
    after = definitions(dsn)
    django(site, dsn, "migrate", "shop", "0002")
    django(site, dsn, "migrate", "blog", "0002")
    assert definitions(dsn) == before
    assert nameless(after) == nameless(expected_definitions(plan(), dsn))
