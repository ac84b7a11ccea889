"""The parent's question and the child's in one statement."""

from __future__ import annotations

from dbaudit.identifiers import quote_ident
from dbaudit.workload.batched_reading import Batch, Repeated, read
from dbaudit.workload.batched_text import is_parsed
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.table_use import QueryUses


def with_parent(batch: Batch, repeated: Repeated, parent: str, catalog: Catalog) -> str | None:
    """The batch with the parent as a subquery in place of the array of keys.

    `parent` is a SELECT with its values. None where names do not tell which of its columns gives
    the keys: the same name, or `id` for `book_id`, or `book_id` for `id`.
    """
    if batch.form != "any" or len(batch.columns) != 1 or len(batch.arrays) != 1:
        return None
    outer = read(Repeated(parent, frozenset()), catalog)
    inner = read(repeated, catalog)
    if outer is None or inner is None or not inner.keys or "$" in parent:
        return None
    column = _giver(batch.columns[0], inner.keys[0].use.table, outer.uses)
    array = f"= ANY (${batch.arrays[0]})"
    if column is None or array not in batch.sql:
        return None
    keys = f"IN (SELECT parent.{quote_ident(column)} FROM ({outer.text}) AS parent)"
    sql = batch.sql.replace(array, keys)
    return sql if is_parsed(sql) else None


def _giver(key: str, table: str, parent: QueryUses) -> str | None:
    """The parent's column that the key was taken from."""
    wanted: list[tuple[str | None, str]] = [(None, key)] if key != "id" else []
    if key == "id":
        wanted = [(None, f"{name}_id") for name in _singulars(table)]
    for use in parent.tables:
        own = [f"{name}_id" for name in _singulars(use.table)]
        wanted += [(use.table, "id")] if key in own else []
    columns = {(use.table, column) for use in parent.tables for column in use.output}
    for owner, column in wanted:
        found = [one for one in columns if one[1] == column and owner in (None, one[0])]
        if len(found) == 1:
            return column
    return None


def _singulars(table: str) -> list[str]:
    """What one row of a table may be called: `category` of categories, `book` of app_book."""
    names = [table, table.rpartition("_")[2]]
    endings = (("ies", "y"), ("ses", "s"), ("s", ""))
    return [
        *names,
        *(n.removesuffix(end) + new for n in names for end, new in endings if n.endswith(end)),
    ]
