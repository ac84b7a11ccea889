"""A small Django project: two apps whose migrations make, rename and alter what is indexed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.migrate.render.cases import LONG

SETTINGS = """
import os
from psycopg.conninfo import conninfo_to_dict
dsn = conninfo_to_dict(os.environ["DSN"])
INSTALLED_APPS = ["django.contrib.postgres", "shop", "blog"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": dsn["dbname"],
    "HOST": dsn.get("host", ""), "PORT": dsn.get("port", ""), "USER": dsn.get("user", ""),
    "PASSWORD": dsn.get("password", "")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SECRET_KEY = "for tests"
"""
MODELS = """
from django.db import models
import django.contrib.postgres.indexes
from django.contrib.postgres.indexes import *
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Lower
from django.db.models.lookups import Exact


class Document(models.Model):
    owner = models.TextField(null=True)
    state = models.CharField(max_length=20, null=True, db_column="Status")
    email = models.CharField(max_length=200, null=True)
    body = models.TextField(null=True)
    at = models.DateTimeField(null=True)
    n = models.IntegerField(null=True)
    active = models.BooleanField(null=True)
    meta = models.JSONField(null=True)
    author = models.ForeignKey("blog.Writer", models.CASCADE, null=True, db_index=False)

    class Meta:
        db_table = "docs"
        verbose_name = "doc"
        # indexes of Document


class Elsewhere(models.Model):
    long = models.TextField(db_column={long!r}, null=True)

    class Meta:
        db_table = "Dö:cs"
        # indexes of Elsewhere


class Log(models.Model):
    at = models.DateField()

    class Meta:
        db_table = "logs"
        # indexes of Log
"""
BLOG_MODELS = """
from django.db import models


class Writer(models.Model):
    full_name = models.CharField(max_length=50)
    kind = models.CharField(max_length=50, default="", db_column="sort")

    class Meta:
        pass
        # indexes of Writer
"""
SHOP_1 = """
from django.db import migrations, models
from django.utils.translation import gettext_lazy as _

class Migration(migrations.Migration):
    initial = True
    dependencies = [("blog", "0002_rename")]
    operations = [
        migrations.CreateModel(
            name="Doc",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True,
                serialize=False, verbose_name="ID")),
                ("owner", models.TextField(null=True)),
                ("status", models.CharField(max_length=20, null=True, db_column="Status")),
                ("email", models.CharField(max_length=200, null=True)),
                ("body", models.TextField(null=True)),
                ("at", models.DateTimeField(null=True)),
                ("n", models.IntegerField(null=True)),
                ("active", models.BooleanField(null=True)),
                ("meta", models.JSONField(null=True)),
                ("author", models.ForeignKey("blog.writer", models.CASCADE, null=True,
                    db_index=False, on_delete=models.CASCADE)),
            ],
            options={"verbose_name": _("doc"), "db_table": "docs"},
        ),
        migrations.RunPython(lambda apps, editor: None, lambda apps, editor: None),
        migrations.AddIndex("doc", models.Index(fields=["-owner"], include=["n"],
            condition=models.Q(n__gt=3), name="docs_old")),
    ]
""".replace('("blog.writer", models.CASCADE, null=True,', '("blog.writer", null=True,')
SHOP_2 = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.RenameModel("Doc", "Document"),
        migrations.RenameField("document", "status", "state"),
        migrations.SeparateDatabaseAndState(
            database_operations=[],
            state_operations=[
                migrations.CreateModel(
                    name="Elsewhere",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True,
                serialize=False, verbose_name="ID")),
                        ("long", models.TextField(db_column={long!r}, null=True)),
                    ],
                    options={{"db_table": "Dö:cs"}},
                ),
                migrations.CreateModel(
                    name="Log",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True,
                serialize=False, verbose_name="ID")),
                        ("at", models.DateField()),
                    ],
                    options={{"db_table": "logs"}},
                ),
            ],
        ),
    ]
"""
BLOG_1 = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            name="Author",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True,
                serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
            ],
        ),
    ]
"""
BLOG_2 = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [
        migrations.RenameModel(old_name="Author", new_name="Writer"),
        migrations.RenameField(model_name="writer", old_name="name", new_name="full_name"),
        migrations.AddField(model_name="writer", name="kind",
            field=models.CharField(max_length=50, default="", db_column="sort")),
    ]
"""


def make_site(folder: Path) -> Path:
    """The project in a folder."""
    files = {
        "settings.py": SETTINGS,
        "shop/models.py": MODELS.format(long=LONG),
        "shop/migrations/0001_initial.py": SHOP_1,
        "shop/migrations/0002_rename.py": SHOP_2.format(long=LONG),
        "blog/models.py": BLOG_MODELS,
        "blog/migrations/0001_initial.py": BLOG_1,
        "blog/migrations/0002_rename.py": BLOG_2,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, "utf-8")
    return folder


def django(site: Path, dsn: str, *arguments: str) -> str:
    """Run the tool itself; what it says."""
    done = run_django(site, dsn, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_django(site: Path, dsn: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool itself, whether it succeeds or not."""
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=site,
        env={
            "DSN": dsn,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(site),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def follow_comments(site: Path, texts: Iterable[str]) -> None:
    """Add to the models what the migrations' comments say to add."""
    wanted: dict[str, list[str]] = {}
    for text in texts:
        told = _TOLD.search(text)
        if told:
            lines = [line[1:] for line in told["indexes"].splitlines()]
            wanted.setdefault(told["model"], []).extend(lines)
    for path in (site / "shop" / "models.py", site / "blog" / "models.py"):
        text = path.read_text("utf-8")
        for model, lines in wanted.items():
            indexes = ["        indexes = [", *lines, "        ]"]
            text = text.replace(f"        # indexes of {model}", "\n".join(indexes))
        path.write_text(text, "utf-8")


_TOLD = re.compile(
    r"# Add it to the model (?P<model>\w+),.*?\n#         indexes = \[\n"
    r"(?P<indexes>(?:#             .*\n)*)#         \]\n",
    re.DOTALL,
)
