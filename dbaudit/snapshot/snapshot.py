"""A snapshot: the tables of `schema.py` as pandas DataFrames, with what they were taken from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pandas as pd

from dbaudit.snapshot.schema import schema


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What a snapshot was taken from; never holds a secret. `version` is such as "18.6"."""

    engine: str
    version: str
    database: str
    host: str


@dataclass(frozen=True, slots=True)
class Note:
    """A table that could not be collected (or not wholly), and why."""

    table: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Frames by table name. A table that was not collected is absent and has a note."""

    target: TargetInfo
    collected_at: datetime
    frames: Mapping[str, pd.DataFrame]
    notes: tuple[Note, ...] = ()
    version: int = field(default=1)

    def frame(self, table: str) -> pd.DataFrame:
        """The frame with the columns of `schema.toml`; empty when the table was not collected."""
        found = self.frames.get(table)
        return frame_of(table, ()) if found is None else found

    def with_frames(
        self, frames: Mapping[str, pd.DataFrame], notes: Iterable[Note] = ()
    ) -> Snapshot:
        """A snapshot with these tables added or replaced."""
        return replace(self, frames={**self.frames, **frames}, notes=(*self.notes, *notes))


def frame_of(table: str, rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as the named table's frame, every column of dtype object; sequences are in its order."""
    names = schema()[table].column_names
    return pd.DataFrame(list(rows), columns=names, dtype=object)
