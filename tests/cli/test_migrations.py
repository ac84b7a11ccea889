"""`dbaudit scan --migrations` as a team runs it: three tools' folders, one database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Run
from tests.conftest import NewDatabase

SHOP = """
create table orders (
    id bigint primary key, customer_id bigint not null, note text, total int, status text
);
insert into orders select i, i % 5000 + 1, repeat('n', 80), i % 997, 'done'
    from generate_series(1, 60000) i;
create index orders_total on orders (total);
create index orders_done on orders (note) where status = 'done';
create table blog_post (id bigint primary key, author_id bigint, published boolean);
insert into blog_post select i, i % 1000, i % 3 = 0 from generate_series(1, 30000) i;
create table alembic_version (version_num varchar(32) primary key);
insert into alembic_version values ('a1');
create table django_migrations (id bigint primary key, app text, name text);
insert into django_migrations values (1, 'blog', '0001_initial');
vacuum analyze;
"""
QUERIES = """
-- name: orders_of_customer
select * from orders where customer_id = 77;

-- name: by_total
select * from orders where total = 5;

-- name: search_by_note
select id from orders where note ilike '%abc%';

-- name: posts_of_author
select * from blog_post where author_id = 5;
"""
OLD_REVISION = """
revision = "a1"
down_revision = None
def upgrade():
    op.create_index("never", "orders", ["note"])
"""
NEW_REVISION = """
revision = "b2"
down_revision = "a1"
def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("orders_customer_id", "orders", ["customer_id"],
                        postgresql_concurrently=True)
    op.create_index("orders_status", "orders", ["status"])
    op.execute(computed())
"""
OLD_MIGRATION = """
class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Post", [("author", models.ForeignKey("a.B"))])]
"""
NEW_MIGRATION = """
class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [
        AddIndexConcurrently("post", models.Index(fields=["author"], name="post_author")),
    ]
"""
NEW_SQL = """
-- for: search_by_note
create index concurrently orders_note on orders (note);
drop index concurrently orders_total;
"""
FILES = {
    "db/001_old.sql": "create index orders_done on orders (note) where status = 'done';",
    "db/002_new.sql": NEW_SQL,
    "db/002_new.down.sql": "drop index orders_note;",
    "alembic/versions/a1_old.py": OLD_REVISION,
    "alembic/versions/b2_new.py": NEW_REVISION,
    "blog/migrations/0001_initial.py": OLD_MIGRATION,
    "blog/migrations/0002_index.py": NEW_MIGRATION,
}
FOLDERS = ("--migrations", "db", "--migrations", "alembic", "--migrations", "blog")


@pytest.fixture
def project(tmp_path: Path, queries: Callable[[str], Path]) -> Path:
    queries(QUERIES)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def _told(done: Done) -> set[tuple[str, str, str, int]]:
    return {
        (f["rule"], f["object"]["name"], f["evidence"]["file"], f["evidence"]["line"])
        for f in done.json["findings"]
        if f["category"] == "migration"
    }


def test_three_tools_in_one_scan(run: Run, project: Path, new_database: NewDatabase) -> None:
    dsn = new_database(SHOP)
    common = ("scan", dsn, "--registered-only", "--no-advice", "--fail-on", "never")
    done = run(*common, *FOLDERS, "--format", "json")
    assert done.status == 0, done.err
    assert _told(done) == {
        ("migration-index-cannot-serve", "orders_note", "db/002_new.sql", 3),
        ("migration-drops-needed-index", "orders_total", "db/002_new.sql", 4),
        ("migration-index-unused", "orders_status", "alembic/versions/b2_new.py", 8),
        ("migration-unsafe-index", "orders_status", "alembic/versions/b2_new.py", 8),
        ("migration-index-fails", "post_author", "blog/migrations/0002_index.py", 5),
    }
    (loss,) = [f for f in done.json["findings"] if f["rule"] == "migration-drops-needed-index"]
    assert loss["evidence"]["queries"] == ["by_total"]
    assert loss["evidence"]["cost_after"] > loss["evidence"]["cost_before"]
    assert done.err == (
        "note: alembic/versions/b2_new.py:9: op.execute: 'computed()' is known only when the file "
        "runs\n"
    )
    assert (project / "db/002_new.sql").read_text() == FILES["db/002_new.sql"]

    plain = run("scan", dsn, "--registered-only", "--no-advice", "--format", "json")
    assert not _told(plain)
    skipped = {entry["rule"] for entry in plain.json["summary"]["rules_skipped"]}
    assert not [rule for rule in skipped if rule.startswith("migration")]


def test_without_squawk_and_by_the_configuration(
    run_apart: Run, project: Path, new_database: NewDatabase
) -> None:
    (project / "dbaudit.toml").write_text('[scan]\nmigrations = ["db"]\n')
    (project / "db/003_broken.sql").write_bytes(b"create \xff")
    script = "import dbaudit.squawk as squawk\nsquawk.find_squawk = lambda: None\n"
    (project / "sitecustomize.py").write_text(script)
    dsn = new_database("create table orders (id int, note text, status text, total int)")
    env = {"PYTHONPATH": str(project)}
    done = run_apart("scan", dsn, "--registered-only", "--no-advice", "--format", "json", env=env)
    assert done.err.splitlines() == [
        "note: db/003_broken.sql: not UTF-8 (byte 8); save it as UTF-8",
        "note: squawk is not installed; install it with: pip install 'dbaudit[migrations]'",
    ]
    skipped = {entry["rule"]: entry["reason"] for entry in done.json["summary"]["rules_skipped"]}
    assert "dbaudit[migrations]" in skipped["migration-unsafe-index"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--migrations", "gone"), "gone: no such folder of migrations"),
        (("--migrations", "empty"), "empty: no migrations in it"),
        (
            ("--only", "migration-index-unused"),
            "name the migrations to check with --migrations DIR",
        ),
        (("--snapshot", "x", "--migrations", "empty"), "does not go with --snapshot"),
    ],
)
def test_wrong_usage_is_one_line(
    run: Run, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = run("scan", *options, env={"DBAUDIT_DSN": "postgresql://nobody@127.0.0.1:1/none"})
    assert done.status == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1
