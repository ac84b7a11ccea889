"""One INSERT, UPDATE or DELETE for the rows of many."""

from __future__ import annotations

from sqlglot import exp

from dbaudit.identifiers import quote_ident
from dbaudit.workload.batched_reading import KEY_VALUE, Batch, Reading
from dbaudit.workload.batched_select import any_edits
from dbaudit.workload.batched_text import Edit, depths, outer_word


def batched_change(reading: Reading) -> Batch | None:
    """UPDATE and DELETE: by keys alone, or each row with values of its own."""
    if reading.keys and reading.all_are_keys:
        return reading.batch("any", any_edits(reading))
    word = "from" if isinstance(reading.tree, exp.Update) else "using"
    where = outer_word(reading.source, "where")
    joins = reading.tree.args.get("from_") or reading.tree.args.get("using")
    if where is None or joins or not reading.keys:
        return None
    names = _value_names(reading)
    rows = Edit(where.start, where.start, f"{word.upper()} {reading.unnested(names)} ")
    return reading.batch("unnest", [*reading.by_name(names), rows])


def batched_insert(reading: Reading) -> Batch | None:
    """INSERT … VALUES of one row as INSERT … SELECT of all."""
    expression = reading.tree.args.get("expression")
    values = outer_word(reading.source, "values")
    is_one_row = isinstance(expression, exp.Values) and len(expression.expressions) == 1
    if values is None or not is_one_row:
        return None
    level = depths(reading.source)
    row = [t for t in reading.source.significant if t.start > values.start]
    end = next(n for n, token in enumerate(row) if token.text == ")" and not level[token.start])
    if any(token.word == "default" for token in row[:end]):
        return None
    names = _value_names(reading)
    begin = Edit(values.start, row[0].end, "SELECT ")
    rows = Edit(row[end].start, row[end].end, f" FROM {reading.unnested(names)}")
    return reading.batch("unnest", [*reading.by_name(names), begin, rows])


def _value_names(reading: Reading) -> dict[int, str]:
    """A name for each varying value that hardly is that of a column."""
    stored = {}
    for assignment in reading.uses.assignments:
        number = KEY_VALUE.match(assignment.value)
        if number is not None:
            stored[int(number[1])] = f"new_{assignment.column}"
    compared = {key.number: f"of_{key.condition.column}" for key in reading.keys}
    return {
        number: quote_ident(compared.get(number) or stored.get(number) or f"value_{number}")
        for number in sorted(reading.repeated.varying)
    }
