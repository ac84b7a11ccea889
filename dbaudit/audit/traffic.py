"""What applications really sent, summed up: from logs and traces, counters, or samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dbaudit.audit.traffic_sums import Sums
from dbaudit.errors import UsageError
from dbaudit.snapshot.snapshot import Snapshot
from dbaudit.targets.own_statement import APPLICATION_NAME, OWN_STATEMENT
from dbaudit.traffic.counted import CountedStatement, counted_between, counted_since_reset
from dbaudit.traffic.logged_plans import LoggedPlans
from dbaudit.traffic.loop_counts import n_plus_one_by_counts
from dbaudit.traffic.loop_links import foreign_keys
from dbaudit.traffic.loop_patterns import LoopPattern
from dbaudit.traffic.shape import Shape, read_shape
from dbaudit.traffic.tally import InputTally
from dbaudit.traffic.totals import Example, StatementTotals, Totals
from dbaudit.workload.fingerprint import fingerprint, normalised

if TYPE_CHECKING:
    from dbaudit.targets.activity import ActiveStatement, ActivitySamples

COUNTERS, SAMPLES = "pg_stat_statements", "pg_stat_activity"
CUT = "statements that the server cut at track_activity_query_size"


@dataclass(frozen=True, slots=True)
class Traffic:
    """The sums of one or more sources of the same kind.

    `patterns` are the loops in it, `plans` what auto_explain logged; counters and samples tell
    neither. `inputs` account for every line. `seconds` is the time that was covered, None where it
    is not known. `remarks` are sentences on what is missing.
    """

    totals: Totals = field(default_factory=Totals)
    patterns: tuple[LoopPattern, ...] = ()
    plans: LoggedPlans = field(default_factory=LoggedPlans)
    inputs: tuple[InputTally, ...] = ()
    seconds: float | None = None
    remarks: tuple[str, ...] = ()


def traffic_of_logs(sums: Sums) -> Traffic:
    """The sums of logs and traces, without what dbaudit itself sent."""
    statements = sums.totals.statements
    first = min((each.first_at for each in statements.values()), default=0.0)
    last = max((each.last_at for each in statements.values()), default=0.0)
    own = {name: each for name, each in statements.items() if _is_own(each)}
    others = {name: each for name, each in statements.items() if name not in own}
    totals = replace(sums.totals, statements=others)
    patterns = sums.finder.finish().patterns(totals.total_ms)
    return Traffic(
        totals=totals,
        patterns=tuple(p for p in patterns if any(c.fingerprint not in own for c in p.children)),
        plans=sums.plans,
        inputs=tuple(sums.tallies.values()),
        seconds=last - first,
        remarks=(*_own(own.values()), *_gaps(totals, is_coarse=sums.finder.is_coarse)),
    )


def _is_own(statement: StatementTotals) -> bool:
    """Whether only dbaudit sent it: by its mark, or by the application where the log names it."""
    if any(OWN_STATEMENT in example.text for example in statement.sampled):
        return True
    return {application for _, _, application in statement.origins} == {APPLICATION_NAME}


def _own(statements: Iterable[StatementTotals]) -> Iterable[str]:
    calls = sum(each.calls for each in statements)
    if calls:
        yield f"{calls:,} executions are dbaudit's own and left out"


def _gaps(totals: Totals, *, is_coarse: bool) -> Iterable[str]:
    # What failed has none, whatever the server logs.
    untimed = sum(each.calls - each.timed - each.errors for each in totals.statements.values())
    if untimed > 0:
        yield (
            f"{untimed:,} executions have no duration: the server logs it with "
            "log_min_duration_statement = 0, or log_duration beside log_statement"
        )
    if is_coarse and totals.statements:
        yield (
            "times are whole seconds: outside of transactions a short loop cannot be told from "
            "traffic; %m in log_line_prefix, instead of %t, tells more"
        )
    if totals.others:
        yield f"{totals.others:,} executions are of statements too rare to be told one by one"


def traffic_of_counters(snapshots: list[tuple[str, Snapshot]]) -> Traffic:
    """What pg_stat_statements counted: since its reset, or between the older and the younger.

    Each snapshot comes with what its source is called. Raises UsageError for more than two.
    """
    if len(snapshots) > 2:
        raise UsageError("give one snapshot, or two to see what was counted between them")
    ordered = sorted(snapshots, key=lambda each: each[1].collected_at)
    if len(ordered) == 1:
        counted = counted_since_reset(ordered[0][1])
    else:
        counted = counted_between(ordered[0][1], ordered[1][1])
    of_others = [each for each in counted.statements if OWN_STATEMENT not in each.sql]
    totals = Totals({each.fingerprint: _counted(each) for each in of_others})
    calls = sum(each.calls for each in totals.statements.values())
    inputs = [InputTally(source, COUNTERS, statements=0) for source, _ in ordered]
    inputs[-1].statements = calls
    return Traffic(
        totals=totals,
        patterns=n_plus_one_by_counts(of_others, foreign_keys(ordered[-1][1])),
        inputs=tuple(inputs),
        seconds=counted.seconds,
        remarks=counted.notes,
    )


def _counted(statement: CountedStatement) -> StatementTotals:
    counters = statement.counters
    return StatementTotals(
        shape=read_shape(statement.fingerprint, statement.text, statement.sql),
        calls=counters.calls,
        timed=counters.calls,
        total_ms=counters.total_exec_time,
        rows=counters.rows,
        temp_blocks=counters.temp_blks_read + counters.temp_blks_written,
        shared_blocks=counters.shared_blks_hit + counters.shared_blks_read,
        query_id=statement.queryid,
        sampled=[_text_alone(statement.sql)],
    )


def _text_alone(sql: str) -> Example:
    """What the server tells of a statement: its text, no values."""
    return Example(sql, None, None, None, 0.0, None)


def traffic_of_samples(samples: ActivitySamples, source: str) -> Traffic:
    """An estimate: a statement took as much of the time as it was seen running.

    A short statement is seen rarely, so `calls` is only how many different executions were seen.
    """
    look_ms = 1000 * samples.seconds / len(samples.looks)
    totals = Totals()
    executions: dict[str, set[tuple[int, object]]] = {}
    shapes: dict[str, Shape] = {}
    cut: Counter[str] = Counter()
    for active in (active for look in samples.looks for active in look):
        shape = shapes.get(active.query) or _shape(active)
        shapes[active.query] = shape
        key = shape.fingerprint
        if key not in totals.statements:
            totals.statements[key] = StatementTotals(shape, sampled=[_text_alone(active.query)])
        found = totals.statements[key]
        executions.setdefault(key, set()).add((active.pid, active.query_start))
        found.calls = len(executions[key])
        found.total_ms += look_ms
        found.query_id = found.query_id or active.query_id
        cut[CUT] += len(active.query.encode()) in _CUT_SIZES
    tally = InputTally(source, SAMPLES, statements=sum(s.calls for s in totals.statements.values()))
    tally.notes.update(+cut)
    remark = (
        f"estimated from {len(samples.looks):,} looks at pg_stat_activity: times are shares of "
        "these, calls the executions that were seen"
    )
    return Traffic(totals, inputs=(tally,), seconds=samples.seconds, remarks=(remark,))


#: The default of track_activity_query_size without its final NUL; a cut may fall before the last
#: character when that has several bytes.
_CUT_SIZES = range(1020, 1024)


def _shape(active: ActiveStatement) -> Shape:
    sql = active.query
    return read_shape(fingerprint(sql), normalised(sql), sql)
