"""What must hold of each parser for any input: it reads it, or says in one line what is wrong.

A target takes bytes. Any exception that it lets out is a fault.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from dbaudit.audit.traffic import Traffic, traffic_of_logs
from dbaudit.audit.traffic_sums import Sums
from dbaudit.config import FILE_NAME, load_config
from dbaudit.errors import DbauditError
from dbaudit.migrate.plan import read_plan
from dbaudit.plans.node import parse_plan
from dbaudit.traffic.auto_explain import logged_plan, plan_document
from dbaudit.traffic.cure import cure
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile
from dbaudit.traffic.log_line_prefix import line_prefix
from dbaudit.traffic.reading import ReadOptions, read_logs
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.text_plan import text_plan
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.fingerprint import fingerprint
from dbaudit.workload.lexer import LexError, tokens
from dbaudit.workload.query_file import parse_queries
from dbaudit.workload.query_text import query_text
from tests.fuzz.seeds import SEEDS

#: A target is given the input, and a folder for files.
Target = Callable[[bytes, Path], None]

_MAX_MESSAGE = 10_000


#: What has been seen of statements before must not change what is seen of others.
_SHAPES = Shapes()


def _log(name: str, form: str | None = None) -> Target:
    """A log; one that is to be of a form begins with two entries as they should be."""
    head = b"" if form is None else b"".join(SEEDS[form][0].splitlines(keepends=True)[:2])

    def target(data: bytes, folder: Path) -> None:
        path = folder / name
        path.write_bytes(head + data)
        with _told():
            _check_account(_traffic(path), head + data)

    return target


def _traffic(path: Path) -> Traffic:
    sums, tallies = Sums(), list[InputTally]()
    sums.add(read_logs([LogFile(str(path))], ReadOptions(), tallies), _SHAPES)
    sums.account(tallies)
    traffic = traffic_of_logs(sums)
    for pattern in traffic.patterns:
        cure(pattern, Catalog({}), {})
    return traffic


def _check_account(traffic: Traffic, data: bytes) -> None:
    """Every byte and line is counted, and every statement."""
    (tally,) = traffic.inputs
    assert tally.bytes == len(data), (tally, len(data))
    told = data.replace(b"\0", b"")
    assert tally.lines == told.count(b"\n") + (not told.endswith(b"\n") and bool(told)), tally
    assert tally.skipped_lines <= tally.lines, tally
    sent = sum(statement.calls for statement in traffic.totals.statements.values())
    assert sent <= tally.statements + sum(tally.skipped.values()) or tally.format == "trace", tally
    for pattern in traffic.patterns:
        assert pattern.occurrences > 0 and pattern.executions >= pattern.largest


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """An error of dbaudit's is an answer: one line that is not endless."""
    try:
        yield
    except DbauditError as error:
        assert str(error) and len(str(error)) < _MAX_MESSAGE


def _prefix(data: bytes, _folder: Path) -> None:
    with _told():
        prefix = line_prefix(data.decode("utf-8", "replace"))
        prefix.header()
        prefix.begin("utf-8")


def _statement(data: bytes, _folder: Path) -> None:
    text = data.decode("utf-8", "replace")
    if "\0" in text:
        return
    with contextlib.suppress(LexError):
        assert "".join(token.text for token in tokens(text)) == text
    shapes = Shapes()
    for _ in range(2):
        assert shapes.seen(Execution(0.0, "1", text)).shape.fingerprint == fingerprint(text)


def _logged_plan(data: bytes, _folder: Path) -> None:
    text = data.decode("utf-8", "replace")
    logged_plan(text, InputTally("log"))
    for read in (plan_document, text_plan):
        with _told():
            parse_plan(read(text))


def _query_file(data: bytes, _folder: Path) -> None:
    with _told():
        for query in parse_queries(data.decode("utf-8", "replace")):
            [again] = parse_queries(query_text(query))
            assert again.statement == query.statement


def _file(name: str, read: Callable[[Path], object]) -> Target:
    def target(data: bytes, folder: Path) -> None:
        path = folder / name
        path.write_bytes(data)
        with _told():
            read(path)

    return target


def _config(path: Path) -> None:
    load_config(path, path.parent, {})


TARGETS: dict[str, Target] = {
    "stderr": _log("server.log", "stderr"),
    "csv": _log("server.csv", "csv"),
    "json": _log("server.json", "json"),
    "syslog": _log("syslog", "syslog"),
    "trace": _log("trace.jsonl", "trace"),
    "log": _log("any.log"),
    "log_line_prefix": _prefix,
    "statement": _statement,
    "logged_plan": _logged_plan,
    "query_file": _query_file,
    "plan_file": _file("plan.json", read_plan),
    "migration_file": _file("up.sql", read_plan),
    "config": _file(FILE_NAME, _config),
}
