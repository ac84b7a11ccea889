"""Reading logs: from what was asked for to the statements that were executed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from dbaudit.errors import LogError
from dbaudit.traffic.eager_load import EagerLoad
from dbaudit.traffic.execution import Execution
from dbaudit.traffic.files import LogFile, can_be_cut
from dbaudit.traffic.follow import followed
from dbaudit.traffic.log_entries import LoggedStatements
from dbaudit.traffic.log_entry import Entry
from dbaudit.traffic.log_formats import log_form
from dbaudit.traffic.log_part import part_bytes
from dbaudit.traffic.open_log import blocks, opened, sample
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.text_blocks import check_encoding, text_blocks
from dbaudit.traffic.timed_entries import Timed

EMPTY = "empty"

#: Entries of several processes are not quite in order: reading goes on so long after `until`.
_DISORDER_SECONDS = 60.0
Read = Entry | Timed | Execution | EagerLoad | None
#: What a log's form is told from, in characters at least, when it is that long.
_SAMPLE_CHARACTERS = 64 * 2**10


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How logs are read.

    `prefix` is the server's log_line_prefix for logs in stderr form; None finds it out. Statements
    that ended before `since` or after `until` (seconds since the epoch) are left out, and so is
    what was loaded in vain then; that something was read is told once, and holds for any time.
    `encoding` is that of the text. `poll_seconds` is how long a follower sleeps when a log does not
    grow.
    """

    prefix: str | None = None
    since: float | None = None
    until: float | None = None
    encoding: str = "utf-8"
    poll_seconds: float = 0.5


def read_logs(
    logs: Sequence[LogFile], options: ReadOptions, tallies: list[InputTally]
) -> Iterator[Execution]:
    """The executions in logs that follow one another in time, in their order.

    `tallies` is filled with an account of each log, which is complete when the log has been read. A
    session goes on from one log to the next. Raises LogError for a log that cannot be read; one
    that was found in a folder and is none is noted in its tally instead.
    """
    return chain.from_iterable(_read(logs, options, tallies))


def _read(
    logs: Sequence[LogFile], options: ReadOptions, tallies: list[InputTally]
) -> Iterator[Iterable[Execution]]:
    statements: LoggedStatements | None = None
    for log in logs:
        tally = _tally(log, tallies)
        if statements is None:
            statements = LoggedStatements(tally)
        statements.go_on(tally)
        entries = _entries(log, options, tally, is_alone=len(logs) == 1)
        yield from statements.executions(entries)
    if statements is not None:
        yield statements.rest()


def follow_log(
    log: LogFile, options: ReadOptions, tallies: list[InputTally]
) -> Iterator[Execution | None]:
    """The executions in a log and in what is written to it from now on; it never ends by itself.

    None says that there is nothing more for now. A log that is rotated away is followed by the one
    that takes its name, or that is new in its folder. Raises LogError.
    """
    tally = _tally(log, tallies)
    blocks = followed(log, options.poll_seconds, tally)
    entries = _streamed(blocks, options, tally)
    for found in LoggedStatements(tally).executions(_within(entries, options)):
        if found:
            yield from found
        else:
            yield None


def _tally(log: LogFile, tallies: list[InputTally]) -> InputTally:
    tally = InputTally("standard input" if log.is_stdin else log.path)
    tallies.append(tally)
    return tally


def _entries(
    log: LogFile, options: ReadOptions, tally: InputTally, *, is_alone: bool
) -> Iterator[Read]:
    try:
        if can_be_cut(log):
            yield from _within(_cut(log, options, tally), options)
        else:
            with opened(log.path) as file:
                yield from _within(_streamed(blocks(file, tally), options, tally), options)
    except LogError as error:
        if log.folder is None or is_alone:
            raise
        tally.note(f"not read: {error}")


def _cut(log: LogFile, options: ReadOptions, tally: InputTally) -> Iterator[Read]:
    """The entries of a part of a log, or of all of it."""
    encoding = check_encoding(options.encoding)
    first = sample(log.path).decode(encoding, "replace")
    if not first:
        tally.note(EMPTY)
        return
    form = log_form(first, tally.source, options.prefix)
    tally.format = form.format
    bytes_of_part = part_bytes(log, form.begin(encoding), options.since, tally)
    yield from form.entries(text_blocks(bytes_of_part, encoding, tally), tally)


def _streamed(blocks: Iterable[bytes], options: ReadOptions, tally: InputTally) -> Iterator[Read]:
    """The entries of what can only be read once."""
    text = text_blocks(blocks, check_encoding(options.encoding), tally)
    first: list[str] = []
    size = 0
    for block in text:
        if not block and not size:
            yield None
            continue
        first.append(block)
        size += len(block)
        if size >= _SAMPLE_CHARACTERS or not block:
            break
    if not size:
        tally.note(EMPTY)
        return
    form = log_form("".join(first), tally.source, options.prefix)
    tally.format = form.format
    yield from form.entries(chain(first, text), tally)


def _within(entries: Iterable[Read], options: ReadOptions) -> Iterator[Read]:
    """The entries between `since` and `until`; reading ends soon after `until`."""
    if options.since is None and options.until is None:
        yield from entries
        return
    since = options.since or 0.0
    until = float("inf") if options.until is None else options.until
    for entry in entries:
        if isinstance(entry, Timed):
            yield entry.only([since <= at <= until for at in entry.at])
            if entry.at[0] > until + _DISORDER_SECONDS:
                return
        elif entry is None or since <= entry.at <= until or _holds_on(entry):
            yield entry
        elif entry.at > until + _DISORDER_SECONDS:
            return


def _holds_on(entry: Entry | Execution | EagerLoad) -> bool:
    return isinstance(entry, EagerLoad) and entry.is_used
