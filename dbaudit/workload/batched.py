"""One statement in place of many that differ in a key: the cure of an N+1, as SQL.

The forms, and when each gives the same rows:

* `key = ANY ($1)`, with the key among the result's columns so that the application can tell the
  rows apart: for a plain SELECT, UPDATE or DELETE. (PostgreSQL documentation, "Row and Array
  Comparisons")
* the same, grouped by the key: for aggregates of the whole result.
* `unnest($1) … LATERAL (…)`: for a LIMIT, a DISTINCT or whatever else counts per key.
* `… FROM unnest($1, $2)`: for rows that are inserted, or updated each with a value of its own.
"""

from __future__ import annotations

from sqlglot import exp

from dbaudit.workload.batched_reading import Batch, Reading, Repeated, read
from dbaudit.workload.batched_select import batched_select
from dbaudit.workload.batched_text import is_array, is_parsed
from dbaudit.workload.batched_write import batched_change, batched_insert
from dbaudit.workload.catalog import Catalog


def batched(repeated: Repeated, catalog: Catalog) -> Batch | None:
    """The statement that stands for all executions; None where there is none to tell of.

    `catalog` may be empty: then types come from `repeated` alone.
    """
    reading = read(repeated, catalog)
    if reading is None or not repeated.varying:
        return None
    batch = _written(reading)
    if batch is None or not is_parsed(batch.sql):
        return None
    takes_rows = batch.form in ("lateral", "unnest")
    # unnest() takes an array of arrays apart to the last, so these have no such form.
    has_arrays = any(is_array(reading.types.get(number)) for number in repeated.varying)
    return None if takes_rows and has_arrays else batch


def _written(reading: Reading) -> Batch | None:
    tree = reading.tree
    if isinstance(tree, exp.Insert):
        return batched_insert(reading)
    if isinstance(tree, exp.Update | exp.Delete):
        return batched_change(reading)
    return batched_select(reading) if isinstance(tree, exp.Query) else None
