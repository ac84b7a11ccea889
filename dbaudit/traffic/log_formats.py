"""Which form a log has, and which log_line_prefix, told by its first lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dbaudit.errors import LogError
from dbaudit.traffic.csv_log import RECORD_BEGIN, csv_entries
from dbaudit.traffic.eager_load import EagerLoad
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.json_log import json_entries
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_line_prefix import LinePrefix, all_heads, line_prefix
from dbaudit.traffic.stderr_log import stderr_entries
from dbaudit.traffic.syslog import OUTER_PREFIX, is_syslog, plain_wrapping, texts, unwrapped
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.timed_entries import Timed
from dbaudit.traffic.trace_file import TRACE_LINE, trace_executions

Format = Literal["stderr", "csvlog", "jsonlog", "trace"]

#: Prefixes that servers are known to have, those that tell most first: the default, Debian's, those
#: of the documentation, of pgBadger's, RDS and Aurora, Cloud SQL, Azure, Heroku, Fedora.
KNOWN_PREFIXES = (
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %q%u@%d/%a ",
    "%m [%p] %q[user=%u,db=%d,app=%a] ",
    "%m [%p]: [%l-1] user=%u,db=%d ",
    "%t [%p]: [%l-1] user=%u,db=%d ",
    "%m [%p]: [%l-1] db=%d,user=%u ",
    "%t [%p]: [%l-1] db=%d,user=%u ",
    "%m [%p]: user=%u,db=%d ",
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    "%m:%r:%u@%d:[%p]:",
    "%t:%r:%u@%d:[%p]:",
    "%m [%p] %q%u@%d ",
    "%t [%p-%l] %q%u@%d ",
    "%m [%p-%l] %q%u@%d ",
    "%t [%p] %q%u@%d ",
    "%m [%p] %u@%d ",
    "%t [%p] %u@%d ",
    "%m %u@%d [%p] ",
    "%m [%c] %q%u@%d ",
    "%m [%p] %d %u %a ",
    "< %m %u@%d [%p] > ",
    "<%m %u@%d [%p]> ",
    "%m [%p]: [%l-1] ",
    "%t [%p]: [%l-1] ",
    "%m [%p]: ",
    "%t [%p]: ",
    "%m-%c-",
    "%t-%c-",
    "%m [%p] ",
    "%t [%p] ",
    "%m %p ",
    "%n [%p] ",
    "%m|%p|",
    "< %m > ",
    "< %m >",
    "<%m>",
    "< %t >",
    "<%t>",
    "%m: ",
    "%m ",
    "%t ",
)

#: What servers that write to syslog have, which adds the time and the process.
SYSLOG_PREFIXES = (
    "user=%u,db=%d,app=%a,client=%h ",
    "user=%u,db=%d ",
    " sql_error_code = %e ",
    "%q%u@%d/%a ",
    "%q%u@%d ",
    "[%p] ",
    "",
)

_FIRST_LINES = 2000
_LOOKS = 100
_JSON = re.compile(r'^\s*\{.*"error_severity"\s*:', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LogForm:
    """How a log is written; `prefix` is there for stderr form.

    With `is_syslog` syslog's own beginning of each line stands before that prefix. `wrapping` is
    what else stands before each line, whatever the form.
    """

    format: Format
    prefix: LinePrefix | None = None
    is_syslog: bool = False
    wrapping: re.Pattern[str] | None = None

    def entries(
        self, blocks: Iterable[str], tally: InputTally
    ) -> Iterator[Entry | Timed | Execution | EagerLoad | None]:
        """The entries of a log of this form (what a trace tells), None for each empty block."""
        if self.wrapping is not None:
            blocks = map(partial(self.wrapping.sub, ""), blocks)
        if self.format == "trace":
            return trace_executions(blocks, tally)
        if self.format == "jsonlog":
            return json_entries(blocks, tally)
        if self.format == "csvlog":
            return csv_entries(blocks, tally)
        assert self.prefix is not None
        if not self.is_syslog:
            return stderr_entries(blocks, self.prefix, tally)
        whole = line_prefix(OUTER_PREFIX + self.prefix.text)
        return stderr_entries(unwrapped(blocks, self.prefix, tally), whole, tally)

    def begin(self, encoding: str) -> re.Pattern[str] | None:
        """What an entry begins with, behind a newline, in bytes taken for latin-1.

        None when it cannot be told from the begin of a line alone.
        """
        if self.is_syslog or self.wrapping is not None:
            return None
        if self.format in ("jsonlog", "trace"):
            return re.compile(r"\n")
        if self.format == "csvlog":
            return RECORD_BEGIN
        assert self.prefix is not None
        return re.compile("\n" + self.prefix.begin(encoding))


def log_form(first: str, source: str, prefix: str | None) -> LogForm:
    """The form of a log that begins so; `prefix` is its log_line_prefix where it is known.

    Raises LogError when it is no log, or when the prefix does not fit.
    """
    if TRACE_LINE.search(first):
        return LogForm("trace")
    wrapping = plain_wrapping(_lines(first))
    if wrapping is not None:
        first = wrapping.sub("", first)
    if _JSON.search(first):
        return LogForm("jsonlog", wrapping=wrapping)
    if RECORD_BEGIN.search("\n" + first):
        return LogForm("csvlog", wrapping=wrapping)
    if is_syslog(_lines(first)):
        inside = texts(_lines(first))
        return LogForm("stderr", _syslog_prefix(inside, source, prefix), is_syslog=True)
    return LogForm("stderr", fitting_prefix(first, source, prefix), wrapping=wrapping)


def _lines(first: str) -> list[str]:
    """Whole lines that are not the rest of another."""
    lines = first[: first.rfind("\n") + 1].split("\n") if "\n" in first else [first]
    return [line for line in lines if line and not line.startswith("\t")][:_FIRST_LINES]


def _syslog_prefix(inside: Sequence[str], source: str, given: str | None) -> LinePrefix:
    """The server's own prefix behind syslog's; it needs no time, and may be empty."""
    candidates = (*KNOWN_PREFIXES, *SYSLOG_PREFIXES) if given is None else (given,)
    found = _best(inside, candidates)
    if found is None:
        fits = _best(inside, (*KNOWN_PREFIXES, *SYSLOG_PREFIXES))
        raise LogError(_message(inside, source, given, fits))
    return found


def fitting_prefix(first: str, source: str, given: str | None) -> LinePrefix:
    """The log_line_prefix of a log that begins so; the given one when it fits.

    Raises LogError when the given one, or none that is known, fits: it says how the lines look.
    """
    lines = _lines(first)
    if given is not None:
        prefix = line_prefix(given)
        if not prefix.has_time:
            raise LogError(
                f"log_line_prefix {given!r} has no time; it needs one of %m, %t, %n to be of use"
            )
        if _fits(prefix, lines, _heads_in(lines)):
            return prefix
    found = _best(lines, KNOWN_PREFIXES)
    if found is not None and given is None:
        return found
    raise LogError(_message(lines, source, given, found))


def _fits(prefix: LinePrefix, lines: Sequence[str], heads: Sequence[str]) -> int:
    header = re.compile(prefix.header(heads))
    return sum(header.match(line) is not None for line in lines)


def _heads_in(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines)
    return [head for head in all_heads() if head in text]


def _best(lines: Sequence[str], candidates: Iterable[str]) -> LinePrefix | None:
    """The prefix that fits most lines; of several, the one that tells most."""
    best, most = None, 0
    heads = _heads_in(lines)
    for text in candidates:
        prefix = line_prefix(text)
        fits = _fits(prefix, lines, heads)
        if fits > most:
            best, most = prefix, fits
        if most == len(lines):
            break
    return best


def _message(lines: Sequence[str], source: str, given: str | None, found: LinePrefix | None) -> str:
    looks = f"its lines look like: {lines[0][:_LOOKS]!r}" if lines else "it holds no such line"
    if given is None:
        return (
            f"{source}: no log of PostgreSQL that dbaudit knows; {looks}; when it is one, give "
            "what SHOW log_line_prefix says with --log-line-prefix"
        )
    cure = f"--log-line-prefix {found.text!r} would fit" if found else looks
    return f"{source}: no line begins with log_line_prefix {given!r}; {cure}"
