"""A snapshot survives its file; a file that is no snapshot says so in one line."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbaudit.errors import SnapshotError
from dbaudit.snapshot.collect import collect
from dbaudit.snapshot.schema import schema
from dbaudit.snapshot.snapshot import Note, Snapshot, TargetInfo, frame_of
from dbaudit.snapshot.store import MANIFEST, load_snapshot, save_snapshot
from dbaudit.targets.dsn import PostgresTarget
from dbaudit.targets.session import connect
from tests.conftest import NewDatabase

_ODD = """
create schema "S "" p";
create table "S "" p"."Ta'ble 🙂.x" (
    "A a" text[] default array['x;y'], "b\\b" numeric check ("b\\b" > 0));
insert into "S "" p"."Ta'ble 🙂.x" select array['a'], i from generate_series(1, 500) as i;
create index "I ""i" on "S "" p"."Ta'ble 🙂.x" (("b\\b" + 1)) where "b\\b" > 3;
create sequence "Sé" as smallint;
analyze;
"""


@pytest.fixture
def small() -> Snapshot:
    row = dict.fromkeys(schema()["schemas"].column_names)
    row |= {"schemaname": 'a "b" 🙂', "has_usage": True}
    return Snapshot(
        TargetInfo("postgresql", "18.6", "x", "h"),
        datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        {"schemas": frame_of("schemas", [row]), "tables": frame_of("tables", [])},
        (Note("statements", "hidden"),),
    )


def _assert_equal(left: Snapshot, right: Snapshot) -> None:
    assert (left.target, left.collected_at, left.notes, left.version) == (
        (right.target, right.collected_at, right.notes, right.version)
    )
    assert set(left.frames) == set(right.frames)
    for name, frame in left.frames.items():
        assert list(frame.columns) == list(right.frames[name].columns)
        assert frame.to_numpy().tolist() == right.frames[name].to_numpy().tolist(), name
        assert [str(t) for t in right.frames[name].dtypes] == [str(t) for t in frame.dtypes]


def test_a_collected_snapshot_comes_back_equal(new_database: NewDatabase, tmp_path: Path) -> None:
    with connect(PostgresTarget(new_database(_ODD))) as session:
        snapshot = collect(session)
    save_snapshot(snapshot, tmp_path / "it.snapshot")
    _assert_equal(snapshot, load_snapshot(tmp_path / "it.snapshot"))


def test_absent_tables_empty_tables_nulls_and_notes_stay(small: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "odd 'name' 🙂.snapshot"
    save_snapshot(small, path)
    _assert_equal(small, load_snapshot(path))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_every_type_comes_back(tmp_path: Path, small: Snapshot) -> None:
    values: dict[str, Any] = {
        "VARCHAR": "ü\n'\"",
        "BIGINT": -(2**63),
        "DOUBLE": 0.1,
        "BOOLEAN": False,
        "VARCHAR[]": ["a", None, ""],
        "DOUBLE[]": [0.5, 1e300],
        "BIGINT[]": [1, 2],
    }
    frames = {
        table.name: frame_of(
            table.name, [[values[c.type] for c in table.columns], [None] * len(table.columns)]
        )
        for table in schema().values()
    }
    snapshot = small.with_frames(frames)
    save_snapshot(snapshot, tmp_path / "x")
    _assert_equal(snapshot, load_snapshot(tmp_path / "x"))


def test_an_older_file_is_replaced_whole(small: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("something else")
    save_snapshot(small, path)
    _assert_equal(small, load_snapshot(path))


def test_a_failed_save_leaves_the_older_file_and_nothing_else(
    small: Snapshot, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    save_snapshot(small, path)
    before = path.read_bytes()
    broken = small.with_frames({"tables": frame_of("tables", [{"oid": "no number"}])})
    with pytest.raises(SnapshotError, match="cannot be written"):
        save_snapshot(broken, path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def test_a_folder_that_is_not_there(small: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cannot be written"):
        save_snapshot(small, tmp_path / "none" / "x")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="cannot be read: No such file"):
        load_snapshot(tmp_path / "x")


def test_another_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PGDMP\x01")
    with pytest.raises(SnapshotError, match="not a snapshot"):
        load_snapshot(tmp_path / "x")


def test_another_kind_of_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(SnapshotError, match=r"no readable manifest\.json"):
        load_snapshot(tmp_path / "x")


def test_a_cut_off_file(small: Snapshot, tmp_path: Path) -> None:
    save_snapshot(small, tmp_path / "x")
    whole = (tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SnapshotError, match="damaged"):
        load_snapshot(tmp_path / "x")


def test_a_damaged_table(small: Snapshot, tmp_path: Path) -> None:
    _rewrite(small, tmp_path / "x", **{"schemas.parquet": b"PAR1 no PAR1"})
    with pytest.raises(SnapshotError, match="damaged"):
        load_snapshot(tmp_path / "x")


def test_a_lacking_table(small: Snapshot, tmp_path: Path) -> None:
    _rewrite(small, tmp_path / "x", **{"schemas.parquet": None})
    with pytest.raises(SnapshotError, match=r"lacks its table schemas\.parquet"):
        load_snapshot(tmp_path / "x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"snapshot_version": 99}, "update dbaudit"),
        ({"snapshot_version": "one"}, "names no snapshot_version"),
        ({"target": {"engine": "postgresql"}}, "not what dbaudit writes"),
        ({"collected_at": "yesterday"}, "not what dbaudit writes"),
        ({"notes": [{"no": "note"}]}, "not what dbaudit writes"),
    ],
)
def test_a_manifest_that_does_not_fit(
    small: Snapshot, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    save_snapshot(small, tmp_path / "y")
    manifest = json.loads(zipfile.ZipFile(tmp_path / "y").read(MANIFEST)) | change
    _rewrite(small, tmp_path / "x", **{MANIFEST: json.dumps(manifest).encode()})
    with pytest.raises(SnapshotError, match=message):
        load_snapshot(tmp_path / "x")


def test_columns_of_an_older_and_tables_of_a_newer_dbaudit(small: Snapshot, tmp_path: Path) -> None:
    file = tmp_path / "schemas.parquet"
    duckdb.execute(f"COPY (SELECT 'x' AS schemaname, 7 AS unheard_of) TO '{file}'")
    save_snapshot(small, tmp_path / "y")
    manifest = json.loads(zipfile.ZipFile(tmp_path / "y").read(MANIFEST))
    manifest["tables"].append("unheard_of")
    members = {"schemas.parquet": file.read_bytes(), MANIFEST: json.dumps(manifest).encode()}
    _rewrite(small, tmp_path / "x", **members)
    loaded = load_snapshot(tmp_path / "x")
    assert loaded.frame("schemas").to_numpy().tolist() == [["x", None, None]]
    assert set(loaded.frames) == {"schemas", "tables"}


def _rewrite(snapshot: Snapshot, path: Path, **members: bytes | None) -> None:
    """Save the snapshot with members of the zip replaced, or left out where None."""
    whole = path.with_suffix(".whole")
    save_snapshot(snapshot, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            content = members.get(name, source.read(name))
            if content is not None:
                archive.writestr(name, content)
