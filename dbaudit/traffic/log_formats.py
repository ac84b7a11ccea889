"""Which form a log has, and which log_line_prefix, told by its first lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dbaudit.errors import LogError
from dbaudit.traffic.csv_log import RECORD_BEGIN, csv_entries
from dbaudit.traffic.json_log import json_entries
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_line_prefix import LinePrefix, line_prefix
from dbaudit.traffic.stderr_log import stderr_entries
from dbaudit.traffic.tally import InputTally

Format = Literal["stderr", "csvlog", "jsonlog"]

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

_FIRST_LINES = 2000
_LOOKS = 100
_JSON = re.compile(r'^\s*\{.*"error_severity"\s*:', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LogForm:
    """How a log is written; `prefix` is there for stderr form."""

    format: Format
    prefix: LinePrefix | None = None

    def entries(self, blocks: Iterable[str], tally: InputTally) -> Iterator[Entry | None]:
        """The entries of a log of this form, None for each empty block."""
        if self.format == "jsonlog":
            return json_entries(blocks, tally)
        if self.format == "csvlog":
            return csv_entries(blocks, tally)
        assert self.prefix is not None
        return stderr_entries(blocks, self.prefix, tally)

    def begin(self, encoding: str) -> re.Pattern[str]:
        """What an entry begins with, behind a newline, in bytes taken for latin-1."""
        if self.format == "jsonlog":
            return re.compile(r"\n")
        if self.format == "csvlog":
            return RECORD_BEGIN
        assert self.prefix is not None
        return re.compile("\n" + self.prefix.begin(encoding))


def log_form(first: str, source: str, prefix: str | None) -> LogForm:
    """The form of a log that begins so; `prefix` is its log_line_prefix where it is known.

    Raises LogError when it is no log, or when the prefix does not fit.
    """
    if _JSON.search(first):
        return LogForm("jsonlog")
    if RECORD_BEGIN.search("\n" + first):
        return LogForm("csvlog")
    return LogForm("stderr", fitting_prefix(first, source, prefix))


def fitting_prefix(first: str, source: str, given: str | None) -> LinePrefix:
    """The log_line_prefix of a log that begins so; the given one when it fits.

    Raises LogError when the given one, or none that is known, fits: it says how the lines look.
    """
    lines = [line for line in first.split("\n") if line and not line.startswith("\t")]
    lines = lines[:_FIRST_LINES]
    if given is not None:
        prefix = line_prefix(given)
        if not prefix.has_time:
            raise LogError(
                f"log_line_prefix {given!r} has no time; it needs one of %m, %t, %n to be of use"
            )
        if _fits(prefix, lines):
            return prefix
    found = _best(lines)
    if found is not None and given is None:
        return found
    raise LogError(_message(lines, source, given, found))


def _fits(prefix: LinePrefix, lines: Sequence[str]) -> int:
    header = re.compile(prefix.header())
    return sum(header.match(line) is not None for line in lines)


def _best(lines: Sequence[str]) -> LinePrefix | None:
    """The prefix that fits most lines; of several, the one that tells most."""
    best, most = None, 0
    for text in KNOWN_PREFIXES:
        prefix = line_prefix(text)
        fits = _fits(prefix, lines)
        if fits > most:
            best, most = prefix, fits
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
