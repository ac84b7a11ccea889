"""The pytest plugin: `--dbaudit-trace`, `--dbaudit-n-plus-one`, `no_n_plus_one`, the marker.

pytest loads it in every project that has dbaudit installed. It does nothing, and imports nothing of
dbaudit, before one of them is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dbaudit.testing.recorder import Recorder
    from dbaudit.testing.rules import Rules

MARKER = (
    "dbaudit(max_queries=None, max_ms=None, n_plus_one=True, limit=5, writes=False, allow=()): "
    "fail the test if it sends more statements, spends more time in them, or one for each row."
)

_RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()
_RULES: pytest.StashKey[Rules] = pytest.StashKey()


class NPlusOne:
    """What the fixture `no_n_plus_one` gives; call it to set its limits."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def __call__(self, **limits: Any) -> None:
        """Take other limits for this test: `limit`, `writes`, `allow` (see the marker)."""
        self._item.stash[_RULES] = self._item.stash[_RULES].changed(limits)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("dbaudit")
    group.addoption(
        "--dbaudit-trace",
        metavar="FILE",
        help="write the statements of all tests to FILE, for: dbaudit workload FILE",
    )
    group.addoption(
        "--dbaudit-n-plus-one",
        action="store_true",
        help="fail every test whose code sends a statement for each row of another",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin the trace that was asked for."""
    config.addinivalue_line("markers", MARKER)
    name = config.getoption("--dbaudit-trace")
    if name is not None:
        path = Path(config.invocation_params.dir, name)
        _begin_file(path, is_worker=hasattr(config, "workerinput"))
        _start(config, path)


def _begin_file(path: Path, *, is_worker: bool) -> None:
    """Empty the file, once: workers of pytest-xdist append to what the first process began."""
    try:
        with path.open("ab" if is_worker else "wb"):
            path.chmod(0o600)
    except OSError as error:
        raise pytest.UsageError(f"--dbaudit-trace {path}: {error.strerror}") from None


def _start(config: pytest.Config, path: Path | None) -> None:
    from dbaudit.testing.recorder import Recorder  # noqa: PLC0415

    config.stash[_RECORDER] = Recorder(str(config.rootpath), path)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Hook in before the first fixture connects, if any test asks for it."""
    config = session.config
    for item in session.items:
        rules = _rules(item)
        if rules is not None:
            item.stash[_RULES] = rules
            if _RECORDER not in config.stash:
                _start(config, None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take every hook back and write what waits."""
    recorder = config.stash.get(_RECORDER, None)
    if recorder is not None:
        recorder.close()


def _rules(item: pytest.Item) -> Rules | None:
    """What a test must keep to, None for one that asks for nothing."""
    marker = item.get_closest_marker("dbaudit")
    is_wanted = item.config.getoption("--dbaudit-n-plus-one")
    is_wanted = is_wanted or "no_n_plus_one" in getattr(item, "fixturenames", ())
    if marker is None and not is_wanted:
        return None
    from dbaudit.testing.rules import rules_of  # noqa: PLC0415

    return rules_of(marker.kwargs if marker is not None else {}, is_wanted=is_wanted)


@pytest.fixture
def no_n_plus_one(request: pytest.FixtureRequest) -> NPlusOne:
    """Fail the test if its code sends a statement for each row of another."""
    return NPlusOne(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Tell what fixtures send from what the test does."""
    recorder = item.config.stash.get(_RECORDER, None)
    if recorder is None:
        yield
        return
    with recorder.unit(f"{item.nodeid} setup"):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Record what the test sends, and fail it if it keeps not to its rules."""
    recorder = item.config.stash.get(_RECORDER, None)
    if recorder is None:
        yield
        return
    is_judged = _RULES in item.stash
    with recorder.unit(item.nodeid, is_judged=is_judged):
        yield
    if is_judged:
        problems = recorder.problems(item.stash[_RULES])
        if problems:
            pytest.fail(problems, pytrace=False)
