"""An index that dbaudit built is taken away again, and what it took over is given back."""

from __future__ import annotations

from collections.abc import Sequence

from dbaudit.migrate.build.build import drop
from dbaudit.migrate.build.partitioned import drop_partitioned
from dbaudit.migrate.catalog import find_index
from dbaudit.migrate.definition import Definition, restore
from dbaudit.migrate.run import Run


def remove(run: Run, schema: str, name: str, adopted: Sequence[Definition]) -> None:
    """Drop an index that may be gone already, and build what went with it.

    An index that a partition had before, and that was attached, goes with the partitioned table's:
    there is no way to detach it. Raises BuildFailedError.
    """
    facts = find_index(run.session, schema, name)
    if facts is not None and facts.is_partitioned:
        drop_partitioned(run, schema, name, facts)
    elif facts is not None:
        drop(run.writer, schema, name, run.options, run.on_event)
    for definition in adopted:
        restore(run.writer, definition, run.options, run.on_event)
