"""The catalog from a snapshot's frames."""

from __future__ import annotations

from datetime import UTC, datetime

from dbaudit.snapshot.snapshot import Snapshot, TargetInfo, frame_of
from dbaudit.workload.catalog import catalog_from_snapshot


def snapshot_of(search_path: str | None) -> Snapshot:
    columns = [("s p", 'O"dd', "id", "int8"), ("public", "t", "x", "_text")]
    names = ("schemaname", "tablename", "attname", "typname")
    frames = {
        "tables": frame_of(
            "tables",
            [
                {"schemaname": schema, "tablename": table}
                for schema, table in (("s p", 'O"dd'), ("public", "t"), ("public", "bare"))
            ],
        ),
        "columns": frame_of("columns", [dict(zip(names, row, strict=True)) for row in columns]),
        "roles": frame_of(
            "roles",
            [{"rolname": "other", "is_current": False}, {"rolname": "me", "is_current": True}],
        ),
    }
    if search_path is not None:
        setting = [{"name": "search_path", "setting": search_path}]
        frames["settings"] = frame_of("settings", setting)
    now = datetime.now(UTC)
    return Snapshot(TargetInfo("postgresql", "18.6", "d", "h"), now, frames)


def test_tables_and_search_path() -> None:
    catalog = catalog_from_snapshot(snapshot_of('"$user", "s p", public'))
    assert catalog.search_path == ("me", "s p", "public")
    assert catalog.tables["s p", 'O"dd'] == {"id": "int8"}
    assert catalog.tables["public", "bare"] == {}
    assert catalog.resolve(None, "t") == ("public", "t")
    assert catalog.resolve("s p", "t") is None
    assert catalog.resolve(None, 'O"dd') == ("s p", 'O"dd')


def test_without_a_known_search_path() -> None:
    assert catalog_from_snapshot(snapshot_of(None)).search_path == ("public",)
