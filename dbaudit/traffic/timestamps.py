"""The times of a log as seconds since the epoch."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from dbaudit.traffic.tally import InputTally

#: Seconds of the log that are remembered: entries of one second come together.
_REMEMBERED = 4096

_OFFSET = re.compile(r"([+-])(\d\d?)(?::?(\d\d))?(?::?(\d\d))?\Z")


class Clock:
    """Turns what %t, %m and %n write into seconds since the epoch.

    A zone is PostgreSQL's abbreviation of log_timezone: a name (CET), or an offset (-03, +0530).
    One that is not known counts as UTC; that, and one that several zones share, is noted.
    """

    def __init__(self, tally: InputTally) -> None:
        self._tally = tally
        self._seconds: dict[str, float] = {}
        self._offsets: dict[str, int] = {}
        self._last: tuple[str | None, float] = (None, 0.0)

    def __call__(self, stamp: str) -> float:
        """Seconds of "2026-11-21 15:57:39.298 UTC", without milliseconds too, or of %n.

        Raises ValueError where it is no such time.
        """
        last, at = self._last
        if stamp == last:
            return at
        if stamp[19:20] == ".":
            second = stamp[:19] + stamp[23:]
            base = self._seconds.get(second)
            if base is None:
                base = self._remember(second)
            at = base + int(stamp[20:23]) / 1000
        else:
            at = self._whole(stamp)
        self._last = (stamp, at)
        return at

    def _whole(self, stamp: str) -> float:
        if stamp[4:5] != "-":
            return float(stamp)
        base = self._seconds.get(stamp)
        return self._remember(stamp) if base is None else base

    def _remember(self, second: str) -> float:
        if len(self._seconds) > _REMEMBERED:
            self._seconds.clear()
        wall = datetime.fromisoformat(second[:19]).replace(tzinfo=UTC)
        base = wall.timestamp() - self._offset(second[19:].strip())
        self._seconds[second] = base
        return base

    def _offset(self, zone: str) -> int:
        offset = self._offsets.get(zone)
        if offset is None:
            offset = self._offsets[zone] = self._looked_up(zone)
        return offset

    def _looked_up(self, zone: str) -> int:
        match = _OFFSET.match(zone)
        if match is not None:
            seconds = int(match[2]) * 3600 + int(match[3] or 0) * 60 + int(match[4] or 0)
            return -seconds if match[1] == "-" else seconds
        offset = _zones().get(zone.upper())
        if offset is None:
            self._tally.note(f"time zone {zone or 'missing'}: not known, taken for UTC")
            return 0
        if zone.upper() in _ambiguous():
            self._tally.note(f"time zone {zone}: taken for {offset / 3600:+g} h, others share it")
        return offset


@cache
def _table() -> Mapping[str, object]:
    return tomllib.loads(files("dbaudit.traffic").joinpath("time_zones.toml").read_text("utf-8"))


@cache
def _zones() -> Mapping[str, int]:
    offsets = _table()["offsets"]
    assert isinstance(offsets, dict)
    return {name: int(offset) for offset, names in offsets.items() for name in names.split()}


@cache
def _ambiguous() -> frozenset[str]:
    names = _table()["ambiguous"]
    assert isinstance(names, list)
    return frozenset(names)
