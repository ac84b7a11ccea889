"""One SELECT for all keys of many."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from dbaudit.identifiers import quote_ident
from dbaudit.workload.batched_reading import Batch, Key, Reading
from dbaudit.workload.batched_text import Edit, edited, outer_word

#: Django's get() asks for at most so many rows (MAX_GET_RESULTS of django/db/models/query.py), and
#: wants one: the limit is a safeguard, not part of the question.
_SAFEGUARD = "21"


def batched_select(reading: Reading) -> Batch:
    """By `= ANY` where the rows of all keys are those of each, else once a key in one statement."""
    select = reading.tree
    if not isinstance(select, exp.Select) or select.args.get("with_") is not None:
        return _lateral(reading)
    parts = ("distinct", "offset", "having", "group")
    is_per_key = any(select.args.get(name) for name in parts)
    if not reading.all_are_keys or is_per_key or _has_limit(select):
        return _lateral(reading)
    if any(node.find(exp.Window) for node in select.expressions):
        return _lateral(reading)
    if any(node.find(exp.AggFunc) for node in select.expressions):
        return _grouped(reading)
    edits = [*any_edits(reading), *_without_safeguard(reading), *_with_keys(reading)]
    return reading.batch("any", edits)


def any_edits(reading: Reading) -> list[Edit]:
    """`a = $1` as `a = ANY ($1)`; several keys as one condition on all of them."""
    first, *others = sorted(reading.keys, key=lambda key: key.start)
    if not others:
        return [Edit(first.start, first.end, f"{first.operand} = ANY (${first.number})")]
    keys = (first, *others)
    operands = ", ".join(key.operand for key in keys)
    rows = f"SELECT * FROM {reading.unnested(_names(keys))}"
    edit = Edit(first.start, first.end, f"({operands}) IN ({rows})")
    return [edit, *(_removed(reading, key) for key in others)]


def _removed(reading: Reading, key: Key) -> Edit:
    """The condition taken away with the AND before it."""
    found = reading.source.significant
    before = found[reading.source.starts[key.start] - 1]
    if before.word != "and":
        return Edit(key.start, key.end, "true")
    return Edit(len(reading.text[: before.start].rstrip()), key.end, "")


def _names(keys: Iterable[Key]) -> dict[int, str]:
    return {key.number: quote_ident(key.condition.column or f"key_{key.number}") for key in keys}


def _has_limit(select: exp.Expr) -> bool:
    limit = select.args.get("limit")
    count = None if limit is None else limit.args.get("expression")
    return limit is not None and (count is None or count.sql() != _SAFEGUARD)


def _with_keys(reading: Reading) -> list[Edit]:
    """The keys put before the select list, where the result does not hold them already."""
    absent = [key.operand for key in reading.keys if not _is_returned(key, reading.tree)]
    select = outer_word(reading.source, "select")
    if select is None or not absent:
        return []
    return [Edit(select.end, select.end, f" {', '.join(absent)},")]


def _is_returned(key: Key, select: exp.Expr) -> bool:
    stars = (isinstance(node, exp.Star) or node.is_star for node in select.expressions)
    return any(stars) or key.condition.column in key.use.output


def _without_safeguard(reading: Reading) -> list[Edit]:
    limit = outer_word(reading.source, "limit")
    if limit is None:
        return []
    value = reading.source.significant[reading.source.starts[limit.start] + 1]
    return [Edit(len(reading.text[: limit.start].rstrip()), value.end, "")]


def _grouped(reading: Reading) -> Batch:
    """An aggregate of the whole result, for each key."""
    tail = outer_word(reading.source, "order", "limit", "for")
    at = len(reading.text) if tail is None else tail.start
    keys = ", ".join(key.operand for key in reading.keys)
    group = f" GROUP BY {keys}" if tail is None else f"GROUP BY {keys} "
    edits = [*any_edits(reading), *_with_keys(reading), Edit(at, at, group)]
    return reading.batch("group", edits)


def _lateral(reading: Reading) -> Batch:
    """The statement as it is, once a key: right for whatever it computes."""
    columns = {key.number: key.condition.column for key in reading.keys}
    names = {
        number: quote_ident(f"of_{columns[number]}" if columns.get(number) else f"key_{number}")
        for number in sorted(reading.repeated.varying)
    }
    inner = edited(reading.text, reading.by_name(names))
    listed = ", ".join(f"{reading.alias}.{name}" for name in names.values())
    rows = reading.unnested(names)
    sql = f"SELECT {listed}, q.* FROM {rows} CROSS JOIN LATERAL ({inner}) AS q"
    return Batch(sql, "lateral", tuple(names), tuple(c for c in columns.values() if c))
