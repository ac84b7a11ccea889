"""What is read from a file is what the tool itself would run: Alembic and Django are asked."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations

from dbaudit.migration_files.alembic_file import read_alembic
from dbaudit.migration_files.effects import CreatedIndex, CreatedTable, DroppedIndex, Effect
from dbaudit.migration_files.folder import read_folder
from dbaudit.migration_files.migration import Statement
from dbaudit.migration_files.python_source import parse_source
from dbaudit.migration_files.read_statements import read_statements
from dbaudit.targets.cluster import Cluster
from tests.conftest import create_database

_REVISION = """
from alembic import op
import sqlalchemy as sa
from sqlalchemy import text
revision = "b2"
down_revision = None
TABLE = "Orders"

def upgrade():
    op.create_table("fresh", sa.Column("id", sa.Integer))
    with op.get_context().autocommit_block():
        op.create_index(op.f("ix_a"), TABLE, ["a", "B c"], postgresql_concurrently=True)
        op.create_index("ix_b", TABLE, [sa.text("lower(a)"), sa.text("b DESC NULLS LAST")],
            schema="s", unique=True, postgresql_using="btree", postgresql_include=["c"],
            postgresql_where=text("a > 'x' AND b IS NOT NULL"), postgresql_with={"fillfactor": 70})
        op.drop_index("ix_old", table_name=TABLE, schema="s", postgresql_concurrently=True)
    op.create_index("ix_c", "t", ["a"], postgresql_ops={"a": "text_pattern_ops"},
        if_not_exists=True)
    op.create_index("ix_d", "t", ["meta"], postgresql_using="gin")
    op.create_unique_constraint("u", "t", ["a", "b"])
    op.drop_constraint("v", "t")
    op.drop_index("ix_e", if_exists=True)
    with op.batch_alter_table("t", schema="s") as batch:
        batch.create_index("ix_f", ["a"])
        batch.drop_index("ix_g")
    op.execute("create index ix_h on t (x); drop index ix_i")
    op.drop_table("gone")
"""
_MODELS = """
from django.db import migrations, models
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.models import F, Q
from django.db.models.functions import Lower
"""
_INITIAL = f"""{_MODELS}
class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Customer", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Order", [
            ("id", models.BigAutoField(primary_key=True)),
            ("Status", models.CharField(max_length=9, db_column="st")),
            ("customer", models.ForeignKey("shop.Customer", models.CASCADE, db_index=False)),
            ("note", models.TextField()), ("paid", models.BooleanField()),
            ("n", models.IntegerField()),
        ], options={{"db_table": "the orders"}}),
    ]
"""
_SECOND = f"""{_MODELS}
class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0001_initial")]
    operations = [
        AddIndexConcurrently("order", models.Index(fields=["customer", "-Status"], name="a")),
        migrations.AddIndex("order", GinIndex(fields=["note"], name="b", fastupdate=False,
            opclasses=["gin_trgm_ops"])),
        migrations.AddIndex("order", models.Index(Lower("note").desc(nulls_last=True), F("n"),
            name="c", include=["paid"], condition=Q(paid=True) & Q(n__gte=5, note__isnull=False))),
        migrations.AddIndex("order", BrinIndex(fields=["n"], name="d", pages_per_range=8)),
        migrations.AddIndex("order", models.Index(OpClass(Lower("Status"),
            name="text_pattern_ops"), name="e", condition=~Q(Status__in=["x", "it's"]))),
        migrations.RenameField("order", "customer", "buyer"),
        migrations.RenameModel("Customer", "Person"),
        migrations.AlterModelTable("order", "orders"),
        migrations.AddIndex("order", models.Index(fields=["buyer"], name="f")),
        migrations.AddConstraint("order", models.UniqueConstraint(fields=["buyer", "n"], name="u")),
        RemoveIndexConcurrently("order", "a"),
        migrations.RunSQL(["create index g on orders (n)", ("drop index g", None)]),
        migrations.DeleteModel("Person"),
    ]
"""
_SETTINGS = """
import os
from psycopg.conninfo import conninfo_to_dict
dsn = conninfo_to_dict(os.environ["DSN"])
INSTALLED_APPS = ["django.contrib.postgres", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": dsn["dbname"],
    "HOST": dsn.get("host", ""), "PORT": dsn.get("port", ""), "USER": dsn.get("user", "")}}
USE_TZ = True
"""


def _effects(statements: Iterable[Statement]) -> list[Effect]:
    """On indexes, and the tables that are made; a definition in one spelling."""
    found: list[Effect] = []
    for statement in statements:
        assert statement.reason is None, statement
        for effect in statement.effects:
            if isinstance(effect, CreatedIndex):
                found.append(replace(effect, definition=_spelt_alike(effect)))
            elif isinstance(effect, CreatedTable | DroppedIndex):
                found.append(effect)
    return found


def _spelt_alike(effect: CreatedIndex) -> object:
    """The definition without what brackets, quotes and capitals do not change."""
    return str(effect.definition).lower().translate(str.maketrans("", "", "()\"'\\ "))


def test_alembic_would_run_the_same() -> None:
    output = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": output}
    )
    namespace: dict[str, object] = {}
    exec(_REVISION, namespace)
    upgrade = namespace["upgrade"]
    assert callable(upgrade)
    with Operations.context(context):
        upgrade()
    run = [s for s in read_statements(output.getvalue()) if "alembic_version" not in s.text]
    read = read_alembic(parse_source(_REVISION), "b2.py")
    assert _effects(read.statements) == _effects(run)
    assert len(_effects(run)) == 12


def test_django_would_run_the_same(tmp_path: Path, pg18: Cluster) -> None:
    files = {
        "settings.py": _SETTINGS,
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": _INITIAL,
        "shop/migrations/0002_indexes.py": _SECOND,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "django", "sqlmigrate", "shop", "0002_indexes"],
        cwd=tmp_path,
        env={
            **os.environ,
            "DSN": create_database(pg18),
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, second = read_folder(tmp_path / "shop", tmp_path).migrations
    assert _effects(second.statements) == _effects(read_statements(done.stdout))
    assert len(_effects(second.statements)) == 9
