"""A snapshot as one file: a zip of one Parquet file a table, and `manifest.json`.

The members are stored, not deflated (Parquet compresses by itself), so that any tool that reads
Parquet can take a table out. The manifest says what the snapshot was taken from, when, and what
could not be seen.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dbaudit.errors import SnapshotError
from dbaudit.identifiers import quote_ident, quote_literal
from dbaudit.snapshot.engine import open_database
from dbaudit.snapshot.schema import SNAPSHOT_VERSION, Table, schema
from dbaudit.snapshot.snapshot import Note, Snapshot, TargetInfo, frame_of

MANIFEST = "manifest.json"
_SUFFIX = ".parquet"


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """Write the snapshot; the file appears whole or not at all, and replaces an older one.

    Raises SnapshotError when it cannot be written there.
    """
    try:
        with _replacing(path) as unfinished, zipfile.ZipFile(unfinished, "w") as archive:
            archive.writestr(MANIFEST, json.dumps(_manifest(snapshot), indent=2))
            _write_tables(snapshot, archive)
    except (OSError, duckdb.Error) as error:
        reason = " ".join(str(error).split())
        raise SnapshotError(f"{path}: the snapshot cannot be written: {reason}") from None


def load_snapshot(path: Path) -> Snapshot:
    """The snapshot in a file that `save_snapshot` wrote.

    Columns that an older dbaudit did not know are null; tables that this one does not know are
    left out. Raises SnapshotError for a file that is missing, damaged, newer, or something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be read: {error.strerror or error}") from None
    except zipfile.BadZipFile:
        raise SnapshotError(
            f"{path}: not a snapshot, or a damaged one; expected a file that dbaudit saved"
        ) from None
    except duckdb.Error as error:
        reason = " ".join(str(error).split())
        raise SnapshotError(f"{path}: a table of the snapshot is damaged: {reason}") from None


def _manifest(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot_version": snapshot.version,
        "target": asdict(snapshot.target),
        "collected_at": snapshot.collected_at.isoformat(),
        "notes": [asdict(note) for note in snapshot.notes],
        "tables": sorted(snapshot.frames),
    }


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file in the same folder that takes the place of `path` when all went well."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        unfinished.chmod(0o600)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_tables(snapshot: Snapshot, archive: zipfile.ZipFile) -> None:
    with tempfile.TemporaryDirectory() as folder, open_database(snapshot) as database:
        for name in sorted(snapshot.frames):
            file = Path(folder, name + _SUFFIX)
            database.execute(
                f"COPY {quote_ident(name)} TO {quote_literal(str(file))}"
                " (FORMAT parquet, COMPRESSION zstd)"
            )
            archive.write(file, file.name)
            file.unlink()


def _read(path: Path, archive: zipfile.ZipFile) -> Snapshot:
    manifest = _read_manifest(path, archive)
    _check_version(path, manifest)
    try:
        return Snapshot(
            target=TargetInfo(**manifest["target"]),
            collected_at=datetime.fromisoformat(manifest["collected_at"]),
            frames=_read_tables(path, archive, manifest["tables"]),
            notes=tuple(Note(**note) for note in manifest["notes"]),
            version=manifest["snapshot_version"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(
            f"{path}: {MANIFEST} is not what dbaudit writes: {type(error).__name__}: {error}"
        ) from None


def _read_manifest(path: Path, archive: zipfile.ZipFile) -> Mapping[str, Any]:
    try:
        manifest = json.loads(archive.read(MANIFEST))
    except (KeyError, ValueError):
        manifest = None
    if not isinstance(manifest, dict):
        raise SnapshotError(f"{path}: not a snapshot of dbaudit: it has no readable {MANIFEST}")
    return manifest


def _check_version(path: Path, manifest: Mapping[str, Any]) -> None:
    version = manifest.get("snapshot_version")
    if not isinstance(version, int):
        raise SnapshotError(f"{path}: {MANIFEST} names no snapshot_version")
    if version > SNAPSHOT_VERSION:
        raise SnapshotError(
            f"{path}: a snapshot of version {version}; this dbaudit reads up to "
            f"{SNAPSHOT_VERSION}: update dbaudit, or take the snapshot again"
        )


def _read_tables(path: Path, archive: zipfile.ZipFile, names: list[str]) -> dict[str, pd.DataFrame]:
    known = [name for name in names if name in schema()]
    absent = sorted({name + _SUFFIX for name in known} - set(archive.namelist()))
    if absent:
        raise SnapshotError(f"{path}: the snapshot lacks its table {absent[0]}")
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as database:
        return {
            name: _read_table(database, schema()[name], archive.extract(name + _SUFFIX, folder))
            for name in known
        }


def _read_table(database: duckdb.DuckDBPyConnection, table: Table, file: str) -> pd.DataFrame:
    source = f"read_parquet({quote_literal(file)})"
    described = database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    there = {row[0] for row in described}
    columns = ", ".join(
        f"CAST({quote_ident(c.name) if c.name in there else 'NULL'} AS {c.type})"
        for c in table.columns
    )
    return frame_of(table.name, database.execute(f"SELECT {columns} FROM {source}").fetchall())
