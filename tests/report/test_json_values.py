import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbaudit.findings import Severity
from dbaudit.report.json_values import json_safe, json_text, utc_text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("12.50"), 12.5),
        (Decimal("12345678901234567890"), 12345678901234567890),
        (Decimal("NaN"), None),
        (Decimal("-Infinity"), None),
        (float("nan"), None),
        (math.inf, None),
        (np.int64(7), 7),
        (np.float64("nan"), None),
        (np.bool_(True), True),
        (np.array([1, 2]), [1, 2]),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("2026-01-31T02:03:04"), "2026-01-31T02:03:04Z"),
        (np.datetime64("NaT"), None),
        (pd.Timestamp("2026-01-31T02:03:04", tz="UTC"), "2026-01-31T02:03:04Z"),
        (datetime(2026, 1, 31, 2, 3, 4, 500_000), "2026-01-31T02:03:04.500000Z"),
        (date(2026, 1, 31), "2026-01-31"),
        (timedelta(minutes=2), 120.0),
        (b"\x00\xff", "00ff"),
        (Severity.ERROR, "error"),
        ({"b": {Severity.INFO: (1, None)}}, {"b": {"info": [1, None]}}),
        ({3, 1, 2}, [1, 2, 3]),
        (Path("queries/a.sql"), "queries/a.sql"),
        (True, True),
    ],
)
def test_every_kind_of_value_is_one_of_json(value: object, expected: object) -> None:
    found = json_safe(value)
    assert found == expected
    assert type(found) is type(expected)


def test_a_time_with_a_zone_is_told_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    assert utc_text(datetime(2026, 1, 31, 1, 0, tzinfo=there)) == "2026-01-30T23:00:00Z"
    assert utc_text(datetime(2026, 1, 31, 1, 0, tzinfo=UTC)) == "2026-01-31T01:00:00Z"


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(),
    st.binary(),
    st.datetimes(),
    st.timedeltas(),
)


@given(st.dictionaries(st.text(), st.recursive(LEAVES, st.lists), max_size=4))
def test_any_document_is_read_back_as_it_was_made(document: dict[str, object]) -> None:
    assert json.loads(json_text(document)) == json_safe(document)
