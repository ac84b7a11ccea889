"""Live mode: a log that grows is read on, and each pattern told as it appears."""

from __future__ import annotations

import time
from collections.abc import Sequence

from dbaudit.audit.traffic_sums import Sums
from dbaudit.cli.console import Streams
from dbaudit.report.printable import one_line
from dbaudit.report.wording import counted
from dbaudit.traffic.files import LogFile
from dbaudit.traffic.loop import LoopKind
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.reading import ReadOptions, follow_log
from dbaudit.traffic.shapes import Shapes
from dbaudit.traffic.tally import InputTally

_WORDS = {
    LoopKind.N_PLUS_ONE: "n-plus-one",
    LoopKind.ROW_BY_ROW_WRITE: "row-by-row-write",
    LoopKind.REPEATED_QUERY: "repeated-identical-query",
}


#: While a log grows without a pause, its patterns are looked at so often.
_LOOK_SECONDS = 1.0


def followed_sums(log: LogFile, options: ReadOptions, said: Streams) -> Sums:
    """All that is written to the log until Ctrl-C; patterns are told on stderr meanwhile.

    Raises LogError.
    """
    sums, tallies, shapes = Sums(), list[InputTally](), Shapes()
    told: set[object] = set()
    looked_at = time.monotonic()
    try:
        for execution in follow_log(log, options, tallies):
            if execution is not None:
                sums.add([execution], shapes)
                if time.monotonic() < looked_at + _LOOK_SECONDS:
                    continue
                sums.finder.pause()
            else:
                # Nothing came for so long that each unit of work in it has ended.
                sums.finder.finish()
            _tell_new(sums.finder.patterns.patterns(sums.totals.total_ms), told, said)
            looked_at = time.monotonic()
    except KeyboardInterrupt:
        said.note("")  # what follows does not stand behind the terminal's ^C
    sums.account(tallies)
    return sums


def _tell_new(patterns: Sequence[LoopPattern], told: set[object], said: Streams) -> None:
    for pattern in patterns:
        key = (pattern.kind, pattern.parent, pattern.children, pattern.places[:1])
        if key not in told:
            told.add(key)
            said.err.print(one_line(pattern_line(pattern)), soft_wrap=True)


def pattern_line(pattern: LoopPattern) -> str:
    """`n-plus-one at app/views.py:12: 50 times select … after select …`."""
    place = f" at {pattern.places[0]}" if pattern.places else ""
    children = " and ".join(child.text[:200] for child in pattern.children)
    after = f" after {pattern.parent.text[:120]}" if pattern.parent else ""
    times = counted(pattern.largest, "time")
    return f"{_WORDS[pattern.kind]}{place}: {times} {children}{after}"
