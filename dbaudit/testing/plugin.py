"""The pytest plugin: its options, `no_n_plus_one`, the marker.

pytest loads it in every project that has dbaudit installed. It does nothing, and imports nothing of
dbaudit, before one of them is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
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
#: Where workers of pytest-xdist put theirs.
_EAGER_LOADS = "dbaudit_eager_loads"


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
    group.addoption(
        "--dbaudit-eager-loads",
        action="store_true",
        help="tell in the end what SQLAlchemy's queries load eagerly and no test reads",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin the trace that was asked for."""
    config.addinivalue_line("markers", MARKER)
    name = config.getoption("--dbaudit-trace")
    if name is not None:
        path = Path(config.invocation_params.dir, name)
        _begin_file(path, is_worker=hasattr(config, "workerinput"))
        _start(config, path)
    elif config.getoption("--dbaudit-eager-loads"):
        _start(config, None)


def _begin_file(path: Path, *, is_worker: bool) -> None:
    """Empty the file, once: workers of pytest-xdist append to what the first process began."""
    try:
        with path.open("ab" if is_worker else "wb"):
            path.chmod(0o600)
    except OSError as error:
        raise pytest.UsageError(f"--dbaudit-trace {path}: {error.strerror}") from None


def _start(config: pytest.Config, path: Path | None) -> None:
    from dbaudit.testing.recorder import Recorder  # noqa: PLC0415

    recorder = config.stash[_RECORDER] = Recorder(str(config.rootpath), path)
    if config.getoption("--dbaudit-eager-loads"):
        recorder.watch_eager_loads()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Hook in before the first fixture connects, if any test asks for it."""
    config = session.config
    for item in session.items:
        rules = _rules(item)
        if rules is not None:
            item.stash[_RULES] = rules
            if _RECORDER not in config.stash:
                _start(config, None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Give the first process what a worker of pytest-xdist has found out."""
    recorder = session.config.stash.get(_RECORDER, None)
    if recorder is not None and hasattr(session.config, "workeroutput"):
        loads = recorder.eager_loads.values()
        session.config.workeroutput[_EAGER_LOADS] = [asdict(load) for load in loads]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of pytest-xdist has found out."""
    loads = getattr(node, "workeroutput", {}).get(_EAGER_LOADS)
    if loads:
        from dbaudit.traffic.eager_load import EagerLoad  # noqa: PLC0415

        node.config.stash[_RECORDER].add_eager_loads(EagerLoad(**load) for load in loads)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell what is loaded and never read, if that was asked for."""
    recorder = config.stash.get(_RECORDER, None)
    unused = [load for load in recorder.eager_loads.values() if load.is_unused] if recorder else []
    if unused:
        terminalreporter.section("dbaudit: relationships that are loaded and never read")
    for load in unused:
        terminalreporter.write_line(f"{load.place}: {load.option}({load.relationship})")
        times = f" in {load.executions} executions" if load.executions > 1 else ""
        terminalreporter.write_line(f"  loaded for {load.objects} objects{times}, no test reads it")


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
