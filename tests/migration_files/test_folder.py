"""Folders as people have them, also those with something broken in."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbaudit.errors import UsageError
from dbaudit.migration_files.folder import read_folder
from dbaudit.migration_files.script import script_of

_DJANGO = """
from django.db import migrations
class Migration(migrations.Migration):
    operations = [migrations.RunSQL("create index {name} on t (x)")]
"""
_ALEMBIC = """
revision = "{revision}"
down_revision = {parent!r}
def upgrade():
    op.execute("create index {revision} on t (x)")
"""


def _write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_every_tool_in_its_order(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "sql/10_b.up.sql": "create index b on t (x);",
            "sql/9_a.up.sql": "create index a on t (x);",
            "sql/9_a.down.sql": "drop index a;",
            "versions/1.py": _ALEMBIC.format(revision="child", parent="root"),
            "versions/2.py": _ALEMBIC.format(revision="root", parent=None),
            "versions/env.py": "print('never run')\nraise SystemExit\n",
            "shop/migrations/0001_initial.py": _DJANGO.format(name="d"),
            "shop/migrations/__init__.py": "",
            "shop/apps.py": "class C(AppConfig):\n    label = 'boutique'\n",
            "node_modules/x/1.sql": "create index no on t (x);",
        },
    )
    found = read_folder(tmp_path, tmp_path)
    assert found.problems == ()
    assert [(one.file, one.key) for one in found.migrations] == [
        ("sql/9_a.up.sql", ()),
        ("sql/10_b.up.sql", ()),
        ("versions/2.py", ("root",)),
        ("versions/1.py", ("child",)),
        ("shop/migrations/0001_initial.py", ("boutique", "0001_initial")),
    ]


def test_what_is_broken_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "1.sql": "create index a on t (x);",
            "2.sql": b"create index \xff",
            "3.py": "def upgrade(:\n",
            "4.py": b"# \xff\n",
            "5.py": "x" * 10 + " = " + "(" * 5000,
            "6.py": _ALEMBIC.replace('"{revision}"', "compute()"),
            "7.sql": "",
            "8.sql/inside.txt": "",
        },
    )
    found = read_folder(tmp_path, tmp_path / "elsewhere")
    assert [Path(one.file).name for one in found.migrations] == ["1.sql", "7.sql"]
    assert [Path(one.file).name for one in found.problems] == [
        "2.sql",
        "3.py",
        "4.py",
        "5.py",
        "6.py",
    ]
    assert all("\n" not in str(one) for one in found.problems)


def test_one_file_is_a_folder_too(tmp_path: Path) -> None:
    _write(tmp_path, {"x.sql": "create index a on t (x)"})
    assert len(read_folder(tmp_path / "x.sql", tmp_path).migrations) == 1


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_migrations_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=name):
        read_folder(tmp_path / name, tmp_path)


def test_a_script_knows_where_its_lines_are_from(tmp_path: Path) -> None:
    text = _ALEMBIC.format(revision="r", parent=None) + (
        "    with op.get_context().autocommit_block():\n"
        "        op.create_index('b', 't', ['x'])\n"
        "    op.drop_index('c')\n"
    )
    _write(tmp_path, {"r.py": text})
    (migration,) = read_folder(tmp_path, tmp_path).migrations
    script = script_of(migration)
    assert script.text.splitlines() == [
        "BEGIN;",
        "create index r on t (x)",
        ";",
        "COMMIT;",
        "CREATE INDEX b ON t (x);",
        "BEGIN;",
        "DROP INDEX c;",
        "COMMIT;",
    ]
    lines = [one.line if one else None for one in script.lines]
    assert lines == [None, 5, 5, None, 7, None, 8, None]
    assert script.statement_at(99) is None
