"""What ships: the wheel holds the rules, the examples and every data file of the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from dbaudit import share

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = ("rules", "examples")


def _copied(folder: Path) -> Path:
    """A copy of what the build reads, so that the build leaves nothing in the checkout."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("dbaudit", *SHARED):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(CHECKOUT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network, as an installer unpacks it."""
    source = _copied(tmp_path_factory.mktemp("source"))
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = (source / "dist").glob("*.whl")
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def _files(folder: Path) -> dict[str, bytes]:
    paths = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _run(site: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "dbaudit", *arguments],
        cwd=cwd,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )


def test_the_package_ships_whole(installed: Path) -> None:
    shipped = _files(installed / "dbaudit")
    package = _files(CHECKOUT / "dbaudit")
    assert {"py.typed", "snapshot/schema.toml", "migrate/sql/index.sql"} <= set(package)
    assert {name: shipped.get(name) for name in package} == package


@pytest.mark.parametrize("name", SHARED)
def test_what_lies_beside_the_package_ships_inside_it(installed: Path, name: str) -> None:
    expected = _files(CHECKOUT / name)
    assert expected
    assert _files(installed / "dbaudit" / "share" / name) == expected


@pytest.mark.parametrize("name", SHARED)
def test_both_layouts_find_their_folder(
    installed: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert share.shared_folder(name) == CHECKOUT / name
    monkeypatch.setattr(share, "__file__", str(installed / "dbaudit" / "share.py"))
    assert share.shared_folder(name) == installed / "dbaudit" / "share" / name


def test_the_installed_package_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    script = "import dbaudit.share as s; print(s.shared_folder('rules'))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        text=True,
        capture_output=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == installed / "dbaudit" / "share" / "rules"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--version"], "dbaudit "),
        (["rules"], "unindexed-foreign-key"),
        (["schema"], "pg_database"),
        (["demo", "--list"], "cached web pages"),
    ],
)
def test_commands_work_without_the_checkout(
    installed: Path, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    done = _run(installed, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert expected in done.stdout


def test_init_writes_files_that_the_other_commands_take(installed: Path, tmp_path: Path) -> None:
    done = _run(installed, "init", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(_files(tmp_path)) == {
        ".github/workflows/dbaudit.yml",
        "dbaudit.toml",
        "queries/example.sql",
    }
    scan = _run(installed, "scan", "embedded:", "--fail-on", "info", cwd=tmp_path)
    assert (scan.returncode, scan.stderr) == (0, "")
    assert "rules run" in scan.stdout


def test_init_leaves_files_that_exist_alone(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "dbaudit.toml").write_text("# mine\n")
    done = _run(installed, "init", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "dbaudit.toml").read_text() == "# mine\n"
    assert (tmp_path / "queries" / "example.sql").exists()
