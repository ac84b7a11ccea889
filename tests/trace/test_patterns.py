"""What the sample programs do wrong is found, at its line, and what they do well is not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from dbaudit.findings import Confidence
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.loop import LoopKind, LoopLimits
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.loops import LoopFinder
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.trace_file import request_name
from tests.trace.conftest import LIBRARIES, PROGRAMS, planted, read_trace

KINDS = {
    LoopKind.N_PLUS_ONE: "n-plus-one",
    LoopKind.ROW_BY_ROW_WRITE: "writes",
    LoopKind.REPEATED_QUERY: "repeated",
}
#: A busy machine may pause within a loop: that must not part it.
LIMITS = LoopLimits(longest_gap_ms=60_000.0, tight_gap_ms=60_000.0)
#: executemany of psycopg 3 and asyncpg sends its rows in a pipeline: the server logs one by one.
PIPELINED = ("rows_given_at_once", "writes")
_FUNCTION = re.compile(r"^(?:async )?def (\w+)\(", re.MULTILINE)


def _patterns(executions: Iterable[Execution]) -> tuple[LoopPattern, ...]:
    shapes, finder = Shapes(), LoopFinder(LIMITS)
    for execution in executions:
        finder.add(shapes.seen(execution), execution)
    return finder.finish().patterns()


def _pages(executions: Iterable[Execution]) -> Mapping[str, list[Execution]]:
    """The statements by the page that sent them: the trace's request, the log's application."""
    pages: dict[str, list[Execution]] = defaultdict(list)
    for execution in executions:
        request = execution.told.request
        page = request_name(request) if request else execution.application
        pages[page or ""].append(execution)
    return pages


def _names(library: str) -> set[str]:
    return set(_FUNCTION.findall((PROGRAMS / f"with_{library}.py").read_text("utf-8")))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_trace_tells_each_pattern_and_its_line(library: str, traces: Mapping[str, Path]) -> None:
    executions, _ = read_trace(traces[library])
    found = {
        (page, KINDS[pattern.kind], place)
        for page, sent in _pages(executions).items()
        for pattern in _patterns(sent)
        for place in pattern.places
    }
    assert found == {(each.page, each.kind, each.place) for each in planted(library)}


@pytest.mark.parametrize("library", LIBRARIES)
def test_requests_of_one_trace_are_told_apart(library: str, traces: Mapping[str, Path]) -> None:
    executions, _ = read_trace(traces[library])
    patterns = _patterns(executions)
    assert {place for pattern in patterns for place in pattern.places} == {
        each.place for each in planted(library)
    }
    assert all(pattern.confidence is not Confidence.POSSIBLE for pattern in patterns)
    assert {route for pattern in patterns for route in pattern.routes} == {
        each.page for each in planted(library)
    }


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_servers_log_tells_each_pattern(library: str, server_log: list[Execution]) -> None:
    sent = [each for each in server_log if each.database == f"shop_{library}"]
    found = {
        (page, KINDS[pattern.kind])
        for page, of_page in _pages(sent).items()
        if page in _names(library)
        for pattern in _patterns(of_page)
    }
    assert found - {PIPELINED} == {(each.page, each.kind) for each in planted(library)}
