"""Logs that syslog, journald or a platform wrote: each line begins with what they add.

write_syslog() in src/backend/utils/error/elog.c cuts a message at its ends of lines and at 900
bytes, and numbers the message and its parts: `[3-2]`. Parts of several sessions may alternate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dbaudit.traffic.log_line_prefix import LinePrefix
from dbaudit.traffic.stderr_log import FOREIGN
from dbaudit.traffic.tally import InputTally

#: What the lines begin with that `unwrapped` makes.
OUTER_PREFIX = "%n [%p] "

NO_YEAR = "syslog's times have no year and no zone: taken for the last year that fits, in UTC"

#: The parts of a message come within so many lines; then it is whole.
_LINES_APART = 100

#: As RFC 3164 has it, `Nov 21 15:57:39 db1 postgres[7]: …`, with the time of RFC 3339 too, and as
#: RFC 5424 does, `<134>1 2026-11-21T15:57:39.298Z db1 postgres 7 - - …`.
_LINE = re.compile(
    r"(?:<\d+>\d? ?)?"
    r"(?P<stamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) "
    r"(?:(?P<host>\S+) )?(?P<program>[^\s\[\]:]+)(?:\[| (?=\d+ \S+ (?:-|\[)))"
    r"(?P<pid>[\w.]+)(?:\]:| \S+ (?:-|(?:\[[^\]]*\])+)) \ufeff?"
    r"(?:\[[A-Z_]+\] )?(?:\[(?P<message>\d+)-(?P<part>\d+)\] )?(?P<text>.*)"
)
#: docker compose; the container runtimes of Kubernetes.
_PLAIN = (
    re.compile(r"^[\w.-]+ *\| ", re.MULTILINE),
    re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) std(?:out|err) [FP] ", re.MULTILINE),
)
#: A tab, as it is and as rsyslog writes it.
_TABS = ("\t", "#011")


def plain_wrapping(lines: Sequence[str]) -> re.Pattern[str] | None:
    """What stands before each of these lines and can simply be left out."""
    for wrapping in _PLAIN:
        if lines and all(wrapping.match(line) for line in lines):
            return wrapping
    return None


def is_syslog(lines: Sequence[str]) -> bool:
    """Whether most of these lines begin as syslog writes them."""
    return sum(_LINE.match(line) is not None for line in lines) * 2 > len(lines)


def texts(lines: Iterable[str]) -> list[str]:
    """What the messages among these lines begin with, as far as they are of syslog."""
    found = (_LINE.match(line) for line in lines)
    return [match["text"] for match in found if match and match["part"] in (None, "1")]


@dataclass(slots=True)
class _Message:
    since: int
    lines: list[str]


def unwrapped(blocks: Iterable[str], inner: LinePrefix, tally: InputTally) -> Iterator[str]:
    """The same log in stderr form, each line led by `OUTER_PREFIX` and the server's own prefix."""
    header = re.compile(inner.header())
    times = _Times(tally)
    messages: dict[str, _Message] = {}
    number = 0
    for block in blocks:
        out: list[str] = []
        for line in block.split("\n")[: -1 if block.endswith("\n") else None]:
            number += 1
            match = _LINE.match(line)
            if match is None:
                tally.skip(FOREIGN)
                continue
            _add(messages, match, header, times, number, out)
            while number - (oldest := next(iter(messages.values()))).since > _LINES_APART:
                out.extend(oldest.lines)
                del messages[next(iter(messages))]
        if not block:
            out.extend(line for message in messages.values() for line in message.lines)
            messages.clear()
        if out:
            yield "\n".join(out) + "\n"
        if not block:
            yield ""
    rest = [line for message in messages.values() for line in message.lines]
    if rest:
        yield "\n".join(rest) + "\n"


def _add(
    messages: dict[str, _Message],
    match: re.Match[str],
    header: re.Pattern[str],
    times: _Times,
    number: int,
    out: list[str],
) -> None:
    """Put a line to its message, the last now; what that makes whole goes to `out`."""
    pid, text = match["pid"], match["text"]
    message = messages.pop(pid, None)
    tab = next((tab for tab in _TABS if text.startswith(tab)), None)
    is_later_part = match["part"] not in (None, "1")
    line = f"{times(match['stamp']):.3f} [{pid.rpartition('.')[2]}] {text}"
    if message is not None and tab is not None:
        message.lines.append("\t" + text[len(tab) :])
    elif message is not None and is_later_part and not header.match(text):
        message.lines[-1] += text
    elif message is not None and is_later_part:
        message.lines.append(line)
    else:
        if message is not None:
            out.extend(message.lines)
        message = _Message(number, [line])
    message.since = number
    messages[pid] = message


class _Times:
    """Syslog's times as seconds since the epoch."""

    def __init__(self, tally: InputTally) -> None:
        self._tally = tally
        self._last = ("", 0.0)

    def __call__(self, stamp: str) -> float:
        if stamp != self._last[0]:
            self._last = (stamp, self._read(stamp))
        return self._last[1]

    def _read(self, stamp: str) -> float:
        try:
            if "T" in stamp:
                return datetime.fromisoformat(stamp).timestamp()
            if NO_YEAR not in self._tally.notes:
                self._tally.note(NO_YEAR)
            now = datetime.now(UTC)
            at = datetime.strptime(f"{now.year} {stamp} +0000", "%Y %b %d %H:%M:%S %z")
            # A day ahead is another time zone, not another year.
            is_past = (at - now).days < 1
            return (at if is_past else at.replace(year=now.year - 1)).timestamp()
        except ValueError:
            return 0.0
