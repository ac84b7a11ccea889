"""What the sample programs send is written down, with the line that it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from dbaudit.traffic.trace_file import CUT_VALUES
from tests.trace.conftest import LIBRARIES, of_page, planted, read_trace

PLANTED = [(library, each) for library in LIBRARIES for each in planted(library)]


@pytest.mark.parametrize(("library", "pattern"), PLANTED, ids=lambda v: getattr(v, "page", v))
def test_a_loop_is_seen_at_its_line(library, pattern, traces: Mapping[str, Path]) -> None:
    executions, tally = read_trace(traces[library])
    assert not tally.skipped
    assert set(tally.notes) <= {CUT_VALUES}
    places = Counter(each.place for each in of_page(executions, pattern.page))
    assert places[pattern.place] >= 12, places
