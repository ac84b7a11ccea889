"""Prove what was built: measure it, take back what does not pay, until what stays pays.

What is reported is measured in the final state: after an index is taken back, every statement that
it can have touched is measured again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dbaudit.advise.plan_file import Plan
from dbaudit.migrate.events import Measuring, Warned
from dbaudit.migrate.outcome import IndexOutcome, QueryGain
from dbaudit.migrate.prove.change import Pair, is_slower, query_gain
from dbaudit.migrate.prove.compare import SEEMING_LOSS, Doubt, compare, doubts, has_time
from dbaudit.migrate.prove.deadline import Deadline
from dbaudit.migrate.prove.measure import Measurement, Meter, measure_all, planned
from dbaudit.migrate.prove.verify import Verdict, judge, next_to_go
from dbaudit.migrate.prove.watched import IndexName, Watched, watch
from dbaudit.migrate.run import Run
from dbaudit.migrate.statements import sql_file
from dbaudit.migrate.steps import Built, take_back
from dbaudit.targets.hiding import may_hide

#: Of the time for a proof, the part for the measurements before, and of the rest that for the
#: rounds after; what is left serves the comparisons.
SHARE_BEFORE, SHARE_AFTER = 0.4, 0.6


@dataclass(slots=True)
class _Evidence:
    """What is known: each statement before and after, and what a single index does to it."""

    pairs: list[Pair]
    alone: dict[tuple[int, IndexName], Pair] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Proof:
    """What all steps of a proof need; `standing` are the new indexes that are still there."""

    run: Run
    plan: Plan
    deadline: Deadline
    evidence: _Evidence
    standing: dict[IndexName, Built]
    may_hide: bool

    def meter(self, deadline: Deadline) -> Meter:
        """For measurements with the standing indexes."""
        oids = {item.oid: name for name, item in self.standing.items() if item.oid is not None}
        watched = watch(self.run.session, oids) if oids else Watched()
        options, on_event = self.run.options, self.run.on_event
        return Meter(self.run.session, watched, options, deadline, on_event)


def prove(
    run: Run, plan: Plan, before: Sequence[Measurement], built: Sequence[Built], deadline: Deadline
) -> tuple[tuple[IndexOutcome, ...], tuple[Pair, ...]]:
    """The outcome of each index, taken back when it did not pay, and each statement's change.

    `before` are the measurements before the build, `deadline` the end of the measuring.
    """
    standing = {_name(item): item for item in built if item.oid is not None}
    evidence = _Evidence([(measurement, measurement) for measurement in before])
    if not standing or not run.options.verify:
        return tuple(item.outcome for item in built), tuple(evidence.pairs)
    hides = may_hide(run.session)
    proof = _Proof(run, plan, deadline, evidence, standing, hides)
    _measure(proof, range(len(before)), deadline.part(SHARE_AFTER))
    outcomes: dict[IndexName, IndexOutcome] = {}
    while going := next_to_go(verdicts := _verdicts(proof)):
        removed = [standing.pop(name) for name in going]
        for item in removed:
            outcome = _judged(proof, item, verdicts[_name(item)])
            outcomes[_name(item)] = take_back(run, outcome, item.adopted, outcome.reason)
        _measure(proof, _touched(proof, removed), deadline)
    _settle_gin(proof)
    outcomes |= {name: _judged(proof, item, verdicts[name]) for name, item in standing.items()}
    return tuple(outcomes.get(_name(item), item.outcome) for item in built), tuple(evidence.pairs)


def _name(item: Built) -> IndexName:
    return item.index.schema, item.index.name


def _table(item: Built) -> IndexName:
    return item.index.schema, item.index.table


def _judged(proof: _Proof, item: Built, verdict: Verdict) -> IndexOutcome:
    gains = _gains(proof.evidence, _name(item))
    others = (other for other in proof.standing.values() if other is not item)
    return replace(
        item.outcome,
        beside=tuple(other.index.name for other in others if _table(other) == _table(item)),
        used_by=tuple(dict.fromkeys(gain.query for gain in gains)),
        queries=gains,
        gain=gains[0].gain if gains else None,
        reason=verdict.reason,
    )


def _gains(evidence: _Evidence, name: IndexName) -> tuple[QueryGain, ...]:
    """The queries that use an index, by their whole gain, and what it gains them alone."""
    gains = []
    for place, pair in enumerate(evidence.pairs):
        if pair[1].uses(name):
            alone = evidence.alone.get((place, name))
            gain_alone = query_gain(*alone).gain_alone if alone else None
            gains.append(replace(query_gain(*pair), gain_alone=gain_alone))
    return tuple(sorted(gains, key=lambda gain: -gain.gain))


def _measure(proof: _Proof, places: Collection[int], deadline: Deadline) -> None:
    """Measure statements with what stands, and look closer where that leaves a doubt."""
    if not places:
        return
    _settle_gin(proof)
    meter = proof.meter(deadline)
    pairs = proof.evidence.pairs
    before = [pairs[place][0] for place in places]
    statements = [proof.plan.statements[place] for place in places]
    for place, old, new in zip(places, before, measure_all(meter, statements, before), strict=True):
        pairs[place] = (old, new)
    proof.evidence.alone = {
        key: pair
        for key, pair in proof.evidence.alone.items()
        if key[0] not in places and key[1] in proof.standing
    }
    _look_closer(proof, places)


def _look_closer(proof: _Proof, places: Collection[int]) -> None:
    """Compare with and without each index where that decides something, and may be done.

    Else a statement that seems slower is measured once more, and the better of both counts.
    """
    meter = proof.meter(proof.deadline)
    pairs = proof.evidence.pairs
    tables = {name: _table(item) for name, item in proof.standing.items()}
    left_out: dict[str, None] = {}
    found = doubts({place: pairs[place] for place in places}, tables) if proof.may_hide else ()
    for number, doubt in enumerate(found, 1):
        statement = proof.plan.statements[doubt.place]
        meter.on_event(Measuring("in turn", statement.name, number, len(found)))
        oids = frozenset(o for o, n in meter.watched.by_oid.items() if n in doubt.hidden)
        if not has_time(meter, pairs[doubt.place]):
            left_out[statement.name] = None
        elif oids and (pair := compare(meter, statement, pairs[doubt.place], oids)):
            _learn(proof.evidence, doubt, pair)
    if left_out:
        told = "the time for the proof ran out: no closer look at "
        proof.run.on_event(Warned(f"{told}{', '.join(left_out)}; --proof-time gives more"))
    _confirm(proof, meter, places)


def _learn(evidence: _Evidence, doubt: Doubt, pair: Pair) -> None:
    before, after = pair
    if len(doubt.hidden) == 1:
        (name,) = doubt.hidden
        alone = (replace(before, alone=not doubt.decides_whole), after)
        evidence.alone[doubt.place, name] = alone
    if doubt.decides_whole:
        evidence.pairs[doubt.place] = pair


def _confirm(proof: _Proof, meter: Meter, places: Iterable[int]) -> None:
    pairs = proof.evidence.pairs
    slower = [
        place
        for place in places
        if not pairs[place][0].interleaved and is_slower(*pairs[place], SEEMING_LOSS)
    ]
    again = measure_all(
        meter,
        [proof.plan.statements[place] for place in slower],
        [pairs[place][0] for place in slower],
    )
    for place, new in zip(slower, again, strict=True):
        before, after = pairs[place]
        is_better = new.ms is not None and after.ms is not None and new.ms < after.ms
        pairs[place] = (before, new if is_better else after)


def _touched(proof: _Proof, removed: Sequence[Built]) -> list[int]:
    """The statements that the indexes taken back can have touched, by place.

    They used one of them, write to its table, or are planned otherwise without it.
    """
    watched = proof.meter(proof.deadline).watched
    touched = []
    for place, statement in enumerate(proof.plan.statements):
        after = proof.evidence.pairs[place][1]
        is_concerned = any(
            after.uses(_name(item)) or after.modifies(_table(item)) for item in removed
        )
        now = planned(proof.run.session, statement, watched)
        if is_concerned or (now.planned, now.cost) != (after.planned, after.cost):
            touched.append(place)
    return touched


def _verdicts(proof: _Proof) -> Mapping[IndexName, Verdict]:
    return {
        name: judge(item.index, _pairs_for(proof, item), proof.run.options)
        for name, item in proof.standing.items()
    }


def _pairs_for(proof: _Proof, item: Built) -> list[Pair]:
    """The statements without and with one index, as far as they were compared so.

    Where they were not, a write's loss is put down to its table's new indexes by their sizes, since
    what a row adds to an index is what the index is made of.
    """
    name, table, share = _name(item), _table(item), _share(item, proof.standing.values())

    def of(place: int, pair: Pair) -> Pair:
        before, after = pair
        if (alone := proof.evidence.alone.get((place, name))) is not None:
            return alone
        if after.modifies(table) and not after.uses(name):
            return before, replace(after, weight=after.weight * share)
        return pair

    return [of(place, pair) for place, pair in enumerate(proof.evidence.pairs)]


def _share(item: Built, standing: Iterable[Built]) -> float:
    """The index's part of the bytes of its table's new indexes."""
    sizes = [o.outcome.size_bytes or 0 for o in standing if _table(o) == _table(item)]
    return (item.outcome.size_bytes or 0) / sum(sizes) if sum(sizes) else 1.0


def _settle_gin(proof: _Proof) -> None:
    """Empty the pending lists that our writes left in new GIN indexes: they slow the reads."""
    oids = list(proof.meter(proof.deadline).watched.by_oid)
    if proof.run.options.allow_writes and oids:
        proof.run.writer.execute(sql_file("gin_pending"), (oids,))
