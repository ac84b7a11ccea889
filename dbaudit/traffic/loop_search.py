"""Find the loops in a unit of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from dbaudit.findings import Confidence
from dbaudit.traffic.loop import Loop, LoopKind, LoopLimits
from dbaudit.traffic.loop_confidence import (
    Member,
    Span,
    confidence_of_reads,
    confidence_of_writes,
    may_be_pipeline,
    mean_ms,
)
from dbaudit.traffic.loop_unit import Run, Unit, taking_turns
from dbaudit.traffic.loop_upserts import upserts
from dbaudit.traffic.loop_values import Variation, variation
from dbaudit.traffic.shape import Kind
from dbaudit.traffic.shapes import Step
from dbaudit.traffic.totals import Example, example
from dbaudit.traffic.trace_file import request_name

#: How many statements before a loop its parent may stand, other loops not counted.
_PARENT_DISTANCE = 10
#: A parent that leads its loop stands so near, whatever is asked once in between.
_LEADING = 2
#: So many executions of a statement are looked through for two of different values to show.
_LOOKED_AT = 100
#: A repeated query is at least this share of what stands between its executions.
_DENSE = 0.3
#: A write that changes more rows than this on average works on a set.
_SET_ROWS = 1.5


class Found(NamedTuple):
    """A loop, and the stretch of its unit that it takes."""

    loop: Loop
    span: Span


def loops_in(unit: Unit, limits: LoopLimits) -> list[Found]:
    """The loops of a unit of work, in the order in which they begin."""
    runs = sorted(unit.runs(limits.executions), key=lambda run: run.first)
    return [loop for group in taking_turns(runs) for loop in _loops_of(unit, group, runs, limits)]


def _loops_of(
    unit: Unit, group: Sequence[Run], runs: Sequence[Run], limits: LoopLimits
) -> list[Found]:
    span = _span(unit, group, runs)
    if span.parent is None and span.transactions and len(group) > 1:
        return _upserts(unit, group, span)
    is_timed = unit.steps[span.first][1].duration_ms is not None
    if span.is_one and is_timed and span.gap_ms > limits.longest_gap_ms:
        return []  # other work in every turn
    members = [_member(unit, run) for run in group]
    if any(unit.shape(m.run.fingerprint).locks and not m.looks_up for m in members):
        return []  # SELECT … FOR UPDATE SKIP LOCKED again and again: a queue is worked off
    # Whether a function gives the same again nothing tells.
    same = [m for m in members if m.varied.variation is Variation.SAME and _is_lookup(unit, m)]
    loops = [_loop(unit, _turns(unit, members, span, limits), span, limits)]
    loops += [_repeated(unit, member, span, limits) for member in same]
    return [Found(loop, span) for loop in loops if loop is not None]


def _upserts(unit: Unit, group: Sequence[Run], span: Span) -> list[Found]:
    """The loop of one transaction after the other of the same kind: mostly that is traffic."""
    if len({unit.shape(run.fingerprint).tables for run in group}) > 1:
        return []
    members = upserts(unit, [_member(unit, run) for run in group], span)
    kind, confidence = LoopKind.ROW_BY_ROW_WRITE, Confidence.POSSIBLE
    return [Found(_told(unit, kind, members, span, confidence), span)] if members else []


def _turns(
    unit: Unit, members: Sequence[Member], span: Span, limits: LoopLimits
) -> Sequence[Member]:
    """The members of which a batch could do the work.

    Calls of functions only right behind a query, and where all members are such: an application
    whose every request is a function, or a queue's worker, looks much the same else.
    """
    found = [member for member in members if _is_turn(member, limits)]
    is_led = span.parent is not None and (span.is_one or span.is_led) and not span.transactions
    if is_led and len(found) == len(members):
        return found
    return [member for member in found if not _calls(unit, member)]


def _calls(unit: Unit, member: Member) -> bool:
    return bool(unit.shape(member.run.fingerprint).functions)


def _is_lookup(unit: Unit, member: Member) -> bool:
    return member.is_query and not _calls(unit, member)


def _span(unit: Unit, group: Sequence[Run], runs: Sequence[Run]) -> Span:
    """The stretch that a group takes."""
    first, last = min(run.first for run in group), max(run.last for run in group)
    times = max(len(run.at) for run in group)
    parent, distance = _parent(unit, first, group, runs)
    is_one = unit.is_one(first, last)
    transactions = 0 if is_one else unit.transactions(first, last)
    span = Span(first, last, times, parent, distance <= _LEADING, is_one, 0.0, transactions)
    if transactions and parent is None and len(group) > 1:
        return span  # mostly traffic: the rest takes long to tell
    span = span._replace(gap_ms=unit.gap_ms(group[0]))
    if is_one:
        return span
    return span._replace(
        foreign_share=unit.foreign_share(first, last, times),
        alike_share=unit.alike_share(group[0]),
    )


def _member(unit: Unit, run: Run) -> Member:
    is_query = unit.shape(run.fingerprint).kind in (Kind.SELECT, Kind.CALL)
    return Member(run, variation(unit.seen(run)), is_query)


def _is_turn(member: Member, limits: LoopLimits) -> bool:
    """Whether a batch could do the work of the member's executions."""
    varied = member.varied
    if varied.variation is Variation.KEYED:
        return varied.keys >= limits.keys
    if varied.variation is Variation.STORED:
        return not member.is_query
    return varied.variation is Variation.UNKNOWN


def _parent(
    unit: Unit, first: int, group: Sequence[Run], runs: Sequence[Run]
) -> tuple[int | None, int]:
    """Where the query stands that seems to have given the keys, and how far before the loop.

    It is the last one before. Loops that ended before are stepped over; a loop around this one, in
    whose turns its statements stand too, is not. A query that is known to have given one row or
    none is taken only where there is no other.
    """
    own = {run.fingerprint for run in group}
    over = {
        run.last: run.first
        for run in runs
        if run.last < first
        and run.fingerprint not in own
        and not any(unit.has_between(name, run.first, run.last) for name in own)
    }
    best: tuple[int | None, int] = (None, _PARENT_DISTANCE)
    at, distance = first - 1, 1
    while at >= 0 and distance <= _PARENT_DISTANCE:
        if at in over:
            at = over[at] - 1
            continue
        seen, execution = unit.steps[at]
        shape = seen.form.shape
        if shape.may_lead and shape.fingerprint not in own and not execution.told.failed:
            rows = execution.told.rows
            if rows is None or rows > 1:
                return at, distance
            best = (at, distance) if best[0] is None else best
        distance += not (shape.begins_transaction or shape.ends_transaction)
        at -= 1
    return best


def _loop(
    unit: Unit,
    members: Sequence[Member],
    span: Span,
    limits: LoopLimits,
) -> Loop | None:
    if not members or all(_is_hidden(unit, member) for member in members):
        return None
    reads = any(member.looks_up for member in members)
    if reads or (span.parent is not None and any(_is_by_set(unit, member) for member in members)):
        kind = LoopKind.N_PLUS_ONE
        confidence = confidence_of_reads(unit, members, span, limits)
    else:
        kind = LoopKind.ROW_BY_ROW_WRITE
        confidence = confidence_of_writes(unit, members, span, limits)
    if confidence is None:
        return None
    return _told(unit, kind, members, span, confidence)


def _is_by_set(unit: Unit, member: Member) -> bool:
    """Whether an UPDATE or DELETE by key changes a set of rows each time, not one."""
    if member.is_query or member.varied.variation is not Variation.KEYED:
        return False
    rows = [e.told.rows for e in unit.executions(member.run) if e.told.rows is not None]
    return member.varied.is_by_range or (bool(rows) and sum(rows) / len(rows) > _SET_ROWS)


def _is_hidden(unit: Unit, member: Member) -> bool:
    """Whether a function or trigger ran it, not the application."""
    return unit.steps[member.run.first][1].told.context is not None


def _repeated(unit: Unit, member: Member, span: Span, limits: LoopLimits) -> Loop | None:
    """The loop of a query that is sent again with the same values."""
    if _is_hidden(unit, member):
        return None
    if not span.is_tight(limits, mean_ms(unit, [member])):
        return None  # it waits for something
    is_credible = span.is_credible(limits) and not span.transactions
    is_dense = len(member.run.at) >= _DENSE * (span.last - span.first)
    if not span.is_one and not (is_credible and is_dense):
        return None
    confidence = Confidence.LIKELY if span.is_one else Confidence.POSSIBLE
    lone = span._replace(parent=None)
    return _told(unit, LoopKind.REPEATED_QUERY, [member], lone, confidence)


def _told(
    unit: Unit,
    kind: LoopKind,
    members: Sequence[Member],
    span: Span,
    confidence: Confidence,
) -> Loop:
    parent = span.parent
    steps = [unit.steps[at] for member in members for at in member.run.at]
    sent = [execution for _, execution in steps if execution.told.context is None]
    places = Counter(place for seen, e in steps if (place := e.told.place or seen.tags.place))
    routes = Counter(route for step in steps if (route := _route(step)))
    libraries = Counter(e.told.library for _, e in steps if e.told.library)
    loads = Counter(e.told.loads for _, e in steps if e.told.loads)
    keys = max(member.varied.keys for member in members)
    is_known = any(member.varied.variation is not Variation.UNKNOWN for member in members)
    hidden = (m.run.fingerprint for m in members if _is_hidden(unit, m))
    first = unit.steps[span.first][1]
    is_write = kind is LoopKind.ROW_BY_ROW_WRITE and not any(m.is_query for m in members)
    return Loop(
        kind=kind,
        parent=unit.steps[parent][0].form.shape if parent is not None else None,
        children=tuple(unit.shape(member.run.fingerprint) for member in members),
        turns=Counter({member.run.fingerprint: len(member.run.at) for member in members}),
        executions=len(sent),
        total_ms=sum(execution.duration_ms or 0.0 for execution in sent),
        child_ms={m.run.fingerprint: mean_ms(unit, [m]) * len(m.run.at) for m in members},
        session=first.session,
        request=unit.request,
        keys=keys if is_known else None,
        parent_rows=unit.steps[parent][1].told.rows if parent is not None else None,
        is_one_unit=span.is_one,
        confidence=confidence,
        places=_frequent(places),
        routes=_frequent(routes),
        libraries=_frequent(libraries),
        loads=_frequent(loads),
        hidden=frozenset(hidden),
        parent_example=example(*unit.steps[parent]) if parent is not None else None,
        examples=_examples(unit, members),
        may_be_pipeline=is_write and may_be_pipeline(unit, members),
    )


def _frequent(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in counted.most_common())


def _route(step: Step) -> str | None:
    """The route by a tag, or what a trace calls the request."""
    seen, request = step[0], step[1].told.request
    return seen.tags.route or (request_name(request) if request else None)


def _examples(unit: Unit, members: Sequence[Member]) -> tuple[Example, ...]:
    told = [example(*unit.steps[at]) for m in members for at in _telling(unit, m.run.at)]
    return tuple(one for one in told if one is not None)


def _telling(unit: Unit, steps: Sequence[int]) -> Sequence[int]:
    """The first execution and one of other values: rows that share a key may follow one another."""
    first = unit.steps[steps[0]][0].values
    others = (at for at in steps[1:_LOOKED_AT] if unit.steps[at][0].values != first)
    return [steps[0], *islice(others, 1)]
