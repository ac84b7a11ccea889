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
    places = Counter(each.told.place for each in of_page(executions, pattern.page))
    assert places[pattern.place] >= 12, places


LOADED = [
    ("sqlalchemy", "lazy_parent", "lazy Book.author"),
    ("sqlalchemy", "nested_collections", "lazy Author.books"),
    ("sqlalchemy", "nested_collections", "lazy Book.reviews"),
    ("sqlalchemy", "expired_columns", "expired Book"),
    ("sqlalchemy", "deferred_columns", "deferred Book.body"),
    ("django", "foreign_key_each", "lazy Book.author"),
    ("django", "reverse_set_each", "lazy Author.book_set"),
    ("django", "nested_sets", "lazy Author.book_set"),
    ("django", "nested_sets", "lazy Book.review_set"),
    ("django", "loop_in_template", "lazy Book.author"),
    ("django", "deferred_columns", "deferred Book.body"),
]


@pytest.mark.parametrize(("library", "page", "loads"), LOADED)
def test_what_an_orm_loads_is_told(
    library: str, page: str, loads: str, traces: Mapping[str, Path]
) -> None:
    executions, _ = read_trace(traces[library])
    counted = Counter(each.told.loads for each in of_page(executions, page))
    assert counted[loads] >= 12
    told = {
        loads for of_library, of_page_, loads in LOADED if (of_library, of_page_) == (library, page)
    }
    assert set(counted) <= told | {None}


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_statement_names_its_library(library: str, traces: Mapping[str, Path]) -> None:
    executions, _ = read_trace(traces[library])
    assert {each.told.library for each in executions} == {library}
    assert all(each.duration_ms is not None and each.told.place for each in executions)
