"""Alembic revisions: Alembic itself runs them up and down, in a project of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dbaudit.advise.plan_file import Plan
from dbaudit.errors import UsageError
from dbaudit.migrate.plan import plan_of
from dbaudit.migrate.render.styles import Place, Style, renderer
from dbaudit.targets.cluster import Cluster
from tests.conftest import NewDatabase, create_database, needs_version, run_sql
from tests.migrate.plans import plan_document
from tests.migrate.render.cases import (
    MATERIAL,
    TAILS,
    definitions,
    expected_definitions,
    index_of,
    left_over_database,
    left_over_plan,
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
MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table(
    "docs", metadata, sa.Column("id", sa.BigInteger), sa.Column("n", sa.Integer),
    sa.Column("owner", sa.Text), sa.Column("at", sa.Date),
INDEXES)
"""
INI = (
    "[alembic]\nprepend_sys_path = .\npath_separator = os\nscript_location = %(here)s/migrations\n"
)
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
    done = run_alembic(project, dsn, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_alembic(project: Path, dsn: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool itself, whether it succeeds or not."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "alembic", *arguments],
        cwd=project,
        env={"DSN": dsn, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


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
    needs_version(cluster.dsn(), 15)  # NULLS NOT DISTINCT
    dsn, copy = create_database(cluster, MATERIAL), create_database(cluster, MATERIAL)
    before = definitions(dsn)
    plan = whole_plan()
    files = write(plan, project)
    alembic(project, dsn, "upgrade", "head")
    assert definitions(dsn) == expected_definitions(plan, copy)
    alembic(project, dsn, "downgrade", f"-{len(files)}")
    assert definitions(dsn) == before


def test_a_build_that_was_interrupted_is_begun_anew(project: Path, pg18: Cluster) -> None:
    dsn = left_over_database(pg18)
    write(left_over_plan(), project)
    alembic(project, dsn, "upgrade", "head")
    built = definitions(dsn)
    assert [text for text in built.values() if not text.endswith("true")] == []
    assert "UNIQUE" not in built["public.docs_left"]
    assert set(built) == {
        "public.docs_left",
        "public.logs_id",
        "public.logs_id_logs_1",
        "public.logs_id_logs_2",
    }
    alembic(project, dsn, "downgrade", "-2")
    assert definitions(dsn) == {}


def test_what_was_built_before_a_failure_is_recorded(
    project: Path, new_database: NewDatabase
) -> None:
    """Another index has the second one's name: it is not taken for it, and stays as it is."""
    dsn = new_database("create table docs (n int, m int); create index docs_left on docs (m)")
    first = index_of("public", "docs", "docs_first", "USING btree (n, m)")
    second = index_of("public", "docs", "docs_left", "USING btree (n)")
    (path, _) = write(plan_of(plan_document([first, second]), "plan.json"), project)
    done = run_alembic(project, dsn, "upgrade", "head")
    assert done.returncode != 0
    assert 'relation "docs_left" already exists' in done.stderr
    assert alembic(project, dsn, "current").strip() == path.name.partition("_")[0]
    run_sql(dsn, "drop index docs_left")
    alembic(project, dsn, "upgrade", "head")
    assert "(n)" in definitions(dsn)["public.docs_left"]


def test_alembic_prints_the_sql_of_what_is_rendered(project: Path) -> None:
    write(whole_plan(), project)
    printed = alembic(project, "", "upgrade", "head", "--sql")
    assert printed.count("CREATE INDEX CONCURRENTLY") == len(TAILS) + 1 + 2
    assert "DROP INDEX CONCURRENTLY IF EXISTS public.docs_old" in printed


def test_autogenerate_finds_nothing_to_do_once_the_models_follow_the_comments(
    project: Path, new_database: NewDatabase
) -> None:
    dsn = new_database("create table docs (id bigint, n int, owner text, at date)")
    tails = ("USING btree (owner, n DESC)", "(lower(owner)) INCLUDE (n)", "(at) WHERE n > 3")
    indexes = [index_of("public", "docs", f"docs_{n}", tail) for n, tail in enumerate(tails)]
    files = write(plan_of(plan_document(indexes), "plan.json"), project)
    lines = [
        line[6:] for path in files for line in path.read_text().splitlines() if "#     " in line
    ]
    models = MODELS.replace("INDEXES", "".join(f"    {line},\n" for line in lines))
    assert models.count("sa.Index(") == len(tails)
    (project / "models.py").write_text(models)
    env = ENV.replace("(connection=connection", "(connection=connection, target_metadata=metadata")
    (project / "migrations" / "env.py").write_text(f"from models import metadata\n{env}")
    alembic(project, dsn, "upgrade", "head")
    assert "No new upgrade operations" in alembic(project, dsn, "check")


def test_each_index_is_a_revision_after_the_one_before(project: Path) -> None:
    files = write(left_over_plan(), project / "migrations")
    assert [path.parent.name for path in files] == ["versions", "versions"]
    assert files[0].name.endswith("_add_docs_left.py")
    first, second = (path.name.partition("_")[0] for path in files)
    assert f"revision: str = '{first}'" in files[0].read_text()
    assert "down_revision: Union[str, Sequence[str], None] = 'aaa111'" in files[0].read_text()
    assert f"down_revision: Union[str, Sequence[str], None] = '{first}'" in files[1].read_text()
    assert f"Revision ID: {second}\nRevises: {first}\n" in files[1].read_text()


def test_a_drop_whose_definition_is_not_known_cannot_be_taken_back(project: Path) -> None:
    drop = {"name": "docs_old", "ddl": "drop index public.docs_old"}
    (path,) = write(plan_of(plan_document((), (), [drop]), "plan.json"), project)
    text = path.read_text()
    assert 'op.execute("DROP INDEX CONCURRENTLY IF EXISTS public.docs_old")' in text
    namespace: dict[str, Callable[[], None]] = {}
    exec(text, namespace)
    with pytest.raises(NotImplementedError, match=r"public\.docs_old cannot be .* write CREATE"):
        namespace["downgrade"]()


def test_files_are_named_as_the_project_names_them(project: Path) -> None:
    (project / "alembic.ini").write_text(
        f"{INI}file_template = %%(year)d_%%(month).2d-%%(rev)s_%%(slug)s\n"
        "truncate_slug_length = 8\nsqlalchemy.url = postgresql://me:se%cret@here/shop\n"
    )
    (path, _) = write(left_over_plan(), project / "migrations" / "versions")
    assert re.fullmatch(r"20\d\d_\d\d-[0-9a-f]{12}_add_.py", path.name)


@pytest.mark.parametrize(
    ("separator", "ini"), [(":", INI), (", ", INI.replace("path_separator = os\n", ""))]
)
def test_the_next_revision_lies_beside_the_last_one(
    project: Path, separator: str, ini: str
) -> None:
    folders = separator.join(f"%(here)s/migrations/{name}" for name in ("versions", "more"))
    (project / "alembic.ini").write_text(f"{ini}version_locations = {folders}\n")
    revise(project, "bbb222", "aaa111", "more")
    (path, _) = write(left_over_plan(), project)
    assert path.parent.name == "more"


def test_a_project_that_pyproject_describes(project: Path) -> None:
    (project / "alembic.ini").unlink()
    (project / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "%(here)s/migrations"\n'
        'version_locations = ["%(here)s/migrations/versions"]\n'
        'file_template = "%%(slug)s_%%(rev)s"\n'
    )
    (path, _) = write(left_over_plan(), project)
    assert path.name.startswith("add_docs_left_")


@pytest.mark.parametrize("place", [".", "migrations", "migrations/versions"])
def test_several_heads_are_a_choice(project: Path, place: str) -> None:
    revise(project, "bbb222", "aaa111")
    revise(project, "ccc333", ("aaa111",))
    with pytest.raises(UsageError, match=r"2 heads \(bbb222, ccc333\).*--after REVISION"):
        write(left_over_plan(), project / place)
    with pytest.raises(UsageError, match=r"--after aaa: expected one head of .*: bbb222, ccc333"):
        write(left_over_plan(), project / place, "aaa")
    (path, _) = write(left_over_plan(), project / place, "ccc")
    assert "= 'ccc333'" in path.read_text()


def test_the_first_revision_of_a_project(project: Path) -> None:
    (project / "migrations" / "versions" / "aaa111_first.py").unlink()
    (path, _) = write(left_over_plan(), project)
    assert "down_revision: Union[str, Sequence[str], None] = None" in path.read_text()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.py", "revision = (", r"x\.py: not valid Python: line 1: .*; mend it"),
        (
            "x.py",
            "revision = make()",
            r"x\.py: write out .* and 'make\(\)' is known only",
        ),
        (
            "x.py",
            "revision = 'b'\ndown_revision = a",
            r"x\.py: write out .* and 'a' is known only",
        ),
        ("x.py", "print('hello')", r"x\.py: holds no `revision = "),
        ("x.py", "revision = 'aaa111'\ndown_revision = 'aaa111'", "in a circle"),
        ("x.py", "revision = 'a\0'", r"x\.py"),
    ],
)
def test_a_revision_that_cannot_be_read(project: Path, name: str, text: str, message: str) -> None:
    if "circle" in message:
        (project / "migrations" / "versions" / "aaa111_first.py").unlink()
    (project / "migrations" / "versions" / name).write_text(text)
    with pytest.raises(UsageError, match=message):
        write(left_over_plan(), project)


@pytest.mark.parametrize(
    ("ini", "message"),
    [
        ("script_location = x\n", r"alembic\.ini:1: is no configuration"),
        ("[alembic]\nscript_location = %(nothing)s\n", r"alembic\.ini: is no configuration"),
        ("[alembic]\nscript_location = elsewhere\n", "no Alembic project"),
        (f"{INI}truncate_slug_length = long\n", "truncate_slug_length: expected a number"),
        (f"{INI}file_template = %%(nonsense)s\n", "is not a template that Alembic fills"),
    ],
)
def test_a_configuration_that_cannot_be_followed(project: Path, ini: str, message: str) -> None:
    (project / "alembic.ini").write_text(ini)
    with pytest.raises(UsageError, match=message):
        write(left_over_plan(), project)


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no Alembic project .* expected a folder with"):
        write(left_over_plan(), tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        write(left_over_plan(), tmp_path / "nowhere")
