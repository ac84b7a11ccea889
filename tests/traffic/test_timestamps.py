"""The times of a log, in whatever zone, are seconds since the epoch."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timestamps import Clock

AT = 1795276659.0


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("2026-11-21 15:57:39.298 UTC", AT + 0.298),
        ("2026-11-21 15:57:39 GMT", AT),
        ("2026-11-21 16:57:39.500 CET", AT + 0.5),
        ("2026-07-21 17:57:39 CEST", 1784649459.0),
        ("2026-11-21 12:57:39 -03", AT),
        ("2026-11-21 21:27:39 +0530", AT),
        ("2026-11-21 21:42:39 +05:45", AT),
        ("1795276659.298", AT + 0.298),
    ],
)
def test_zones(stamp: str, at: float) -> None:
    tally = InputTally("log")
    clock = Clock(tally)
    assert clock(stamp) == clock(stamp) == pytest.approx(at, abs=1e-6)
    assert not tally.notes


def test_zones_that_are_not_sure_are_noted_once() -> None:
    tally = InputTally("log")
    clock = Clock(tally)
    assert [clock(f"2026-11-21 15:57:3{n} XYZ") for n in (8, 9)] == [AT - 1, AT]
    assert clock("2026-11-21 09:57:39 CST") == AT
    assert list(tally.notes.values()) == [1, 1]


def test_a_zone_change_within_an_hour() -> None:
    clock = Clock(InputTally("log"))
    summer, winter = clock("2026-10-25 02:30:00 CEST"), clock("2026-10-25 02:30:00 CET")
    assert winter - summer == 3600


@pytest.mark.parametrize("stamp", ["", "now", "2026-13-01 00:00:00 UTC", "2026-11-21 1"])
def test_no_time(stamp: str) -> None:
    with pytest.raises(ValueError):
        Clock(InputTally("log"))(stamp)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_any_time(at: datetime) -> None:
    stamp = at.isoformat(" ", "milliseconds")
    expected = datetime.fromisoformat(f"{stamp}+00:00").timestamp()
    assert Clock(InputTally("log"))(f"{stamp} UTC") == pytest.approx(expected, abs=1e-6)
