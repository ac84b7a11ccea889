"""Django migrations: Django itself runs them up and down, in a project of its own."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from dbaudit.advise.plan_file import Plan
from dbaudit.errors import UsageError
from dbaudit.identifiers import quote_ident
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.render.django_index import django_name
from dbaudit.migrate.render.styles import Place, Style, renderer
from dbaudit.targets.cluster import Cluster
from tests.conftest import NewDatabase, create_database, needs_version
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
    left_over_database,
    left_over_plan,
)
from tests.migrate.render.django_site import django, follow_comments, make_site, run_django

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
    needs_version(cluster.dsn(), 15)  # NULLS NOT DISTINCT
    site = make_site(tmp_path)
    dsn = create_database(cluster, BESIDE)
    django(site, dsn, "migrate")
    before = definitions(dsn)
    files = write(plan(), site, "shop")
    django(site, dsn, "migrate")
    after = definitions(dsn)
    follow_comments(site, files.values())
    django(site, dsn, "makemigrations", "--check", "--dry-run")
    django(site, dsn, "migrate", "shop", "0002")
    django(site, dsn, "migrate", "blog", "0002")
    assert definitions(dsn) == before
    assert nameless(after) == nameless(expected_definitions(plan(), dsn))


SITE_OF_LEFT_OVERS = """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Doc", [("id", models.BigIntegerField(primary_key=True)),
            ("n", models.IntegerField())], {"db_table": "docs"}),
        migrations.CreateModel("Log", [("id", models.IntegerField(primary_key=True)),
            ("at", models.DateField())], {"db_table": "logs"}),
    ]
"""


def small_site(folder: Path, migration: str = SITE_OF_LEFT_OVERS) -> Path:
    """A site whose apps have one migration, and no models besides."""
    site = make_site(folder)
    for path in (*site.glob("*/migrations/000*.py"), *site.glob("*/models.py")):
        path.unlink()
    (site / "shop" / "migrations" / "0001_initial.py").write_text(migration)
    return site


def test_a_build_that_was_interrupted_is_begun_anew(tmp_path: Path, pg18: Cluster) -> None:
    site, dsn = small_site(tmp_path), left_over_database(pg18)
    write(left_over_plan(), site)
    django(site, dsn, "migrate", "--fake", "shop", "0001")
    django(site, dsn, "migrate")
    built = definitions(dsn)
    assert [text for text in built.values() if not text.endswith("true")] == []
    assert "UNIQUE" not in built["public.docs_left"]
    assert len(built) == 4
    django(site, dsn, "migrate", "shop", "0001")
    assert definitions(dsn) == {}


def test_another_index_of_that_name_is_not_taken_for_it(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    site = small_site(tmp_path)
    dsn = new_database("create table docs (n int, m int); create index docs_left on docs (m)")
    write(replace(left_over_plan(), indexes=left_over_plan().indexes[:1]), site)
    django(site, dsn, "migrate", "--fake", "shop", "0001")
    done = run_django(site, dsn, "migrate")
    assert done.returncode != 0
    assert 'relation "docs_left" already exists' in done.stderr
    assert "(m)" in definitions(dsn)["public.docs_left"]


def rendered(folder: Path, *indexes: dict[str, object], app: str | None = "shop") -> list[str]:
    """The texts of the migrations for new indexes of the whole site."""
    made = plan_of(plan_document(list(indexes)), "plan.json")
    return list(write(made, make_site(folder), app).values())


def test_what_django_can_say_is_said_in_its_terms(tmp_path: Path) -> None:
    by_sql = {
        "docs_like",  # LIKE
        "docs_cast",  # any cast and any sum
        "docs_gist",  # a parameter of an operator class
        "docs_c",  # a collation
        "docs_autovacuum",  # a storage parameter that is no number
        "docs_nulls",  # NULLS NOT DISTINCT
    }
    indexes = [index_of("public", "docs", name, tail) for name, tail in TAILS.items()]
    for name, text in zip(TAILS, rendered(tmp_path, *indexes), strict=True):
        assert ("AddIndexConcurrently(" in text) != (name in by_sql), name
        assert "atomic = False" in text


def test_names_are_as_long_as_django_takes_them() -> None:
    assert django_name("docs_owner_n") == "docs_owner_n"
    assert django_name("a" * 30) == "a" * 30
    assert re.fullmatch(
        "documents_created_at_[0-9a-f]{8}", django_name("documents_created_at_" * 2)
    )
    assert django_name("_x").startswith("x_")
    assert django_name('"%').startswith("index_")
    assert django_name("🪵" * 15) == "🪵" * 15
    assert len(django_name("🪵" * 40).encode()) <= 63
    assert django_name("a" * 31) != django_name("a" * 32)


def test_each_app_has_its_own_migrations(tmp_path: Path) -> None:
    made = plan_of(plan_document([AUTHOR, WRITER, LOGS_ID]), "plan.json")
    files = write(made, make_site(tmp_path))
    assert [str(path.relative_to(tmp_path)) for path in files] == [
        "shop/migrations/0003_add_docs_author.py",
        "blog/migrations/0003_add_writer_sort.py",
        "shop/migrations/0004_add_logs_id.py",
    ]
    texts = list(files.values())
    assert '("shop", "0002_rename")' in texts[0]
    assert '("shop", "0003_add_docs_author")' in texts[2]


def test_a_table_without_a_model_needs_an_app(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"public\.loose is no model's of the apps blog, shop"):
        rendered(tmp_path, LOOSE, app=None)
    with pytest.raises(UsageError, match="--app stock: is none of them"):
        rendered(tmp_path, LOOSE, app="stock")
    made = plan_of(plan_document([LOOSE]), "plan.json")
    for place in ("blog", "blog/migrations"):
        (path,) = renderer(Style.DJANGO, Place(tmp_path / place))(made)
        assert path.name == "0003_add_loose_a.py"


def test_a_model_that_is_not_managed_is_left_to_sql(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site / "shop" / "migrations" / "0003_odd.py").write_text(
        "from django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('shop', '0002_rename')]\n"
        "    operations = [migrations.AlterModelOptions('document', {'managed': False})]\n"
    )
    (text,) = write(plan_of(plan_document([AUTHOR]), "plan.json"), site).values()
    assert "the model Document is not managed" in text
    assert "migrations.RunSQL(BUILD, DROP)" in text


@pytest.mark.parametrize(
    "operation",
    [
        "migrations.RenameField('document', OLD, 'new')",
        "*more()",
        "migrations.CreateModel('X', [*FIELDS])",
        "migrations.AddField('unknown', 'x', models.TextField())",
        "migrations.CreateModel('X', [], {**OPTIONS})",
        "migrations.CreateModel('X', [], {'db_table': table()})",
        "migrations.RunSQL('', state_operations=[operation])",
    ],
)
def test_what_would_have_to_be_run_is_not_guessed(tmp_path: Path, operation: str) -> None:
    site = make_site(tmp_path)
    (site / "shop" / "migrations" / "0003_odd.py").write_text(
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('shop', '0002_rename')]\n"
        f"    operations = [{operation}]\n"
    )
    (text,) = write(plan_of(plan_document([AUTHOR]), "plan.json"), site).values()
    assert "0003_odd.py:3 cannot be read without running it" in text
    assert "migrations.RunSQL(BUILD, DROP)" in text
    assert "state_operations" not in text


SQUASHED = """
class Migration(migrations.Migration):
    replaces = [("shop", "0001_initial"), ("shop", "0002_rename")]
    operations = [migrations.CreateModel("Doc", [("n", models.IntegerField())],
        {"db_table": "docs", "indexes": [models.Index(fields=["n"], name="docs_old")]})]
"""


def test_a_squashed_migration_stands_for_those_that_it_replaces(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site / "shop" / "migrations" / "0001_squashed_0002_rename.py").write_text(SQUASHED)
    (path,) = write(plan_of(plan_document((), (), [DROP_OLD]), "plan.json"), site)
    assert path.name == "0003_drop_docs_old.py"
    assert '("shop", "0001_squashed_0002_rename")' in path.read_text()
    assert 'RemoveIndexConcurrently(model_name="doc", name="docs_old")' in path.read_text()


def test_the_label_of_an_app_is_its_configuration(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    (site / "shop" / "apps.py").write_text("class Shop(AppConfig):\n    label = 'store'\n")
    (_, text) = write(left_over_plan(), site).values()
    assert '("store", ' in text


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "0003_x.py",
            "class Migration(",
            r"0003_x\.py: not valid Python: line 1: .*; mend it",
        ),
        (
            "0002_other.py",
            "class Migration:\n    dependencies = [('shop', '0001_initial')]",
            r"app shop has several last migrations \(0002_other, 0002_rename\).*--merge",
        ),
        (
            "0001_initial.py",
            "class Migration:\n    dependencies = [('shop', '0002_rename')]",
            "app shop has no last migration",
        ),
    ],
)
def test_migrations_that_cannot_be_followed(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    site = make_site(tmp_path)
    (site / "shop" / "migrations" / name).write_text(text)
    with pytest.raises(UsageError, match=message):
        write(plan(), site, "shop")


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no migrations of Django; expected a project"):
        write(plan(), tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        write(plan(), tmp_path / "nowhere")
