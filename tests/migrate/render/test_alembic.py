"""Alembic revisions: Alembic itself runs them up and down, in a project of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dbaudit.advise.plan_file import Plan
from dbaudit.migrate.render.styles import Place, Style, renderer
from dbaudit.targets.cluster import Cluster
from tests.conftest import create_database
from tests.migrate.render.cases import (
    MATERIAL,
    definitions,
    expected_definitions,
    whole_plan,
)

ENV = """
import os
import psycopg
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(
    "postgresql+psycopg://", poolclass=pool.NullPool,
    creator=lambda: psycopg.connect(os.environ["DSN"]),
)
if context.is_offline_mode():
    context.configure(dialect_name="postgresql")
    context.run_migrations()
else:
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
INI = "[alembic]\nscript_location = %(here)s/migrations\n"
REVISION = '''"""{message}

Revision ID: {id}
"""
revision = {id!r}
down_revision = {down!r}


def upgrade():
    pass


def downgrade():
    pass
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one revision."""
    (tmp_path / "alembic.ini").write_text(INI)
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(ENV)
    revise(tmp_path, "aaa111", None)
    return tmp_path


def revise(project: Path, revision: str, down: object, folder: str = "versions") -> None:
    """Add an empty revision."""
    path = project / "migrations" / folder / f"{revision}_first.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(REVISION.format(id=revision, down=down, message=f"the {revision}"))


def alembic(project: Path, dsn: str, *arguments: str) -> str:
    """Run the tool itself; what it says."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "alembic", *arguments],
        cwd=project,
        env={"DSN": dsn, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(plan: Plan, folder: Path, after: str | None = None) -> list[Path]:
    """Render the plan into the project."""
    files = renderer(Style.ALEMBIC, Place(folder, after))(plan)
    for path, text in files.items():
        path.write_text(text)
    return list(files)


@pytest.mark.parametrize("server", ["pg18", "pg15"])
def test_alembic_runs_them_up_and_down(
    server: str, project: Path, request: pytest.FixtureRequest
) -> None:
    cluster: Cluster = request.getfixturevalue(server)
    dsn, copy = create_database(cluster, MATERIAL), create_database(cluster, MATERIAL)
    before = definitions(dsn)
    plan = whole_plan()
    files = write(plan, project)
    alembic(project, dsn, "upgrade", "head")
    assert definitions(dsn) == expected_definitions(plan, copy)
    alembic(project, dsn, "downgrade", f"-{len(files)}")
    assert definitions(dsn) == before
