"""The room that a build needs, on disk and in memory, against what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbaudit.advise.advice import AdvisedIndex
from dbaudit.migrate.catalog import table_rows
from dbaudit.migrate.options import ApplyOptions
from dbaudit.migrate.preflight.concerns import Concern
from dbaudit.migrate.statements import sql_file
from dbaudit.targets.host import Volume, volume_of
from dbaudit.targets.session import Session
from dbaudit.units import size_text

#: An entry of one short column in a B-tree that is nine tenths full: a header of 8 bytes, a key of
#: 16 and a line pointer of 4 (src/include/access/itup.h). For migrations, which tell no size.
BYTES_PER_ROW = 32

#: A file system that would be fuller than that afterwards is worth a word.
_LEAST_FREE_SHARE = 0.1

#: From here on the sort's memory decides how long a build takes.
_LARGE_BYTES = 2**30
_PASSES = 16

#: plan_create_index_workers in src/backend/optimizer/plan/planner.c gives no worker less.
_LEAST_WORKER_BYTES = 32 * 2**20

#: Methods whose build sorts all entries in a file where they do not fit into maintenance_work_mem.
_SORTED = frozenset({"btree", "hash"})

_TABLESPACE = re.compile(r'\bTABLESPACE\s+("(?:[^"]|"")+"|\w+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """The server's settings that bound a build; None without privilege, or without a limit."""

    data_directory: str | None
    maintenance_work_mem_bytes: int
    temp_file_limit_bytes: int | None
    max_parallel_workers: int
    pid: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a build takes: on its tablespace, and for its sort on that of temporary files."""

    name: str
    index_bytes: int
    sort_bytes: int
    index_folder: Path | None = None
    sort_folder: Path | None = None


def build_limits(session: Session) -> BuildLimits:
    """The settings as the session has them."""
    return BuildLimits(*session.rows(sql_file("build_limits"))[0])


def index_bytes(session: Session, index: AdvisedIndex, table_oid: int) -> int:
    """The size that the plan tells, else a rough guess from the table's rows."""
    if index.size_bytes:
        return index.size_bytes
    return table_rows(session, table_oid) * BYTES_PER_ROW


def need_of(
    session: Session, index: AdvisedIndex, table_oid: int, limits: BuildLimits, memory_bytes: int
) -> Need:
    """What one index needs. It is sorted in memory where it fits, else in temporary files of about
    its size (PostgreSQL's manual, maintenance_work_mem and temp_tablespaces)."""
    size = index_bytes(session, index, table_oid)
    is_spilled = index.method in _SORTED and size > memory_bytes
    found = _TABLESPACE.search(index.ddl)
    named = [found[1].strip('"').replace('""', '"')] if found else []
    return Need(
        index.name,
        size,
        size if is_spilled else 0,
        _folder(session, [*named, *_listed(session, "default_tablespace")], limits),
        _folder(session, _listed(session, "temp_tablespaces"), limits),
    )


def space_concerns(needs: Iterable[Need], limits: BuildLimits) -> Iterator[Concern]:
    """What does not fit, one index after the other; the sort's files go when its index is there."""
    taken: dict[int, int] = {}
    for need in needs:
        concerns = []
        for device, (volume, folder, size) in _by_volume(need, limits.pid).items():
            free = volume.free_bytes - taken.get(device, 0)
            concerns.append(space_concern(need.name, folder, size, free, volume.total_bytes))
        found = [concern for concern in concerns if concern]
        yield from found
        home = volume_of(need.index_folder, limits.pid) if need.index_folder else None
        if home and not any(concern.severity == "refusal" for concern in found):
            taken[home.device] = taken.get(home.device, 0) + need.index_bytes


def space_concern(name: str, folder: Path, size: int, free: int, total: int) -> Concern | None:
    """Whether a build fits into a file system, and leaves room there. Sizes in bytes."""
    needed = f"it needs about {size_text(size)} in {folder}"
    if size > free:
        return Concern(
            "refusal",
            name,
            f"{needed}, where {size_text(max(free, 0))} are free; free space there, or give it "
            "another TABLESPACE",
        )
    if free - size < total * _LEAST_FREE_SHARE:
        return Concern(
            "warning", name, f"{needed}, which leaves {size_text(free - size)} free there"
        )
    return None


def memory_concerns(
    need: Need, limits: BuildLimits, options: ApplyOptions, memory_bytes: int
) -> Iterator[Concern]:
    """What the limits on memory, temporary files and workers mean for a build."""
    limit = limits.temp_file_limit_bytes
    if limit is not None and need.sort_bytes > limit:
        yield Concern(
            "warning",
            need.name,
            f"its sort may write {size_text(need.sort_bytes)} to temporary files, and "
            f"temp_file_limit ends it at {size_text(limit)}; give more --maintenance-work-mem",
        )
    is_slow = need.sort_bytes > _LARGE_BYTES and need.sort_bytes > memory_bytes * _PASSES
    if is_slow and options.maintenance_work_mem_bytes is None:
        yield Concern(
            "warning",
            need.name,
            f"about {size_text(need.index_bytes)} are sorted with a maintenance_work_mem of "
            f"{size_text(memory_bytes)}; --maintenance-work-mem lets this build have more",
        )


def worker_concerns(
    options: ApplyOptions, limits: BuildLimits, memory_bytes: int
) -> Iterator[Concern]:
    """Whether the parallel workers that were asked for can be had."""
    workers = options.parallel_workers or 0
    if workers > limits.max_parallel_workers:
        yield Concern(
            "warning",
            "",
            f"the server has at most {limits.max_parallel_workers} parallel workers "
            f"(max_parallel_workers), not {workers}",
        )
    least = _LEAST_WORKER_BYTES * (workers + 1)
    if workers and memory_bytes < least:
        yield Concern(
            "warning",
            "",
            f"{workers} parallel workers need a maintenance_work_mem of {size_text(least)}, not "
            f"{size_text(memory_bytes)}; fewer will come, or give --maintenance-work-mem",
        )


def _by_volume(need: Need, pid: int) -> dict[int, tuple[Volume, Path, int]]:
    found: dict[int, tuple[Volume, Path, int]] = {}
    wanted = ((need.index_folder, need.index_bytes), (need.sort_folder, need.sort_bytes))
    for folder, size in wanted:
        volume = volume_of(folder, pid) if folder and size else None
        if folder and volume:
            _, known, before = found.get(volume.device, (volume, folder, 0))
            found[volume.device] = (volume, known, before + size)
    return found


def _listed(session: Session, setting: str) -> list[str]:
    ((value,),) = session.rows("select current_setting(%s)", (setting,))
    return [name.strip().strip('"') for name in str(value).split(",") if name.strip()]


def _folder(session: Session, names: list[str], limits: BuildLimits) -> Path | None:
    rows = session.rows(sql_file("tablespace_folder"), (names,))
    place = rows[0][0] if rows else ""
    folder = place or limits.data_directory
    return Path(folder) if folder else None
