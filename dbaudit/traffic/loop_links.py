"""Which statements look up by a key that another one gives: told by foreign keys and by names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dbaudit.snapshot.snapshot import Snapshot

#: A table or column as it is compared: in lower case, without schema and underscores.
_Name = str

#: The usual names of a table's own key.
_OWN_KEYS = frozenset(("id", "uuid", "guid", "key", "pk"))


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column that refers to another table's."""

    table: str
    column: str
    referenced_table: str
    referenced_column: str


def foreign_keys(snapshot: Snapshot) -> tuple[ForeignKey, ...]:
    """The foreign keys of one column; none where the snapshot holds no constraints."""
    frame = snapshot.frames.get("constraints")
    if frame is None:
        return ()
    wanted = ["tablename", "columns", "referenced_tablename", "referenced_columns"]
    rows = frame.loc[frame["contype"] == "f", wanted].itertuples(index=False, name=None)
    return tuple(
        ForeignKey(table, columns[0], referenced, referenced_columns[0])
        for table, columns, referenced, referenced_columns in rows
        if len(columns) == 1
    )


class Links:
    """Tells which tables the columns of statements refer to."""

    def __init__(self, keys: Iterable[ForeignKey] = ()) -> None:
        self._from: dict[_Name, list[ForeignKey]] = {}
        for key in keys:
            self._from.setdefault(_bare(key.table), []).append(key)

    def of_key(self, tables: Iterable[str], column: str) -> frozenset[_Name]:
        """The tables that a column of one of the tables refers to, declared or by its name.

        A table's own rows are not among them unless a foreign key says so: who lists a table and
        who looks up in it by its key need not be one.
        """
        names = [bare_table(table) for table in tables]
        declared = {
            _bare(key.referenced_table)
            for name in names
            for key in self._from.get(name, ())
            if _bare(key.column) == _bare(column)
        }
        return frozenset(declared or (_named_for(column) - set(names)))

    def to_key(self, tables: Iterable[str], columns: Collection[str]) -> frozenset[_Name]:
        """The tables whose key is among what a query names; all of its tables' for a star."""
        names = [bare_table(table) for table in tables]
        spelled = {_bare(column) for column in columns}
        declared = {
            _bare(key.referenced_table)
            for name in names
            for key in self._from.get(name, ())
            if "*" in spelled or _bare(key.column) in spelled
        }
        return frozenset((declared | _named_for(*spelled.difference(names))) - set(names))

    def is_own_key(self, table: str, column: str) -> bool:
        """Whether a column is what others refer to a table by."""
        name = bare_table(table)
        return (
            _bare(column) in _OWN_KEYS
            or name in _named_for(column)
            or any(
                _bare(key.referenced_table) == name
                and _bare(key.referenced_column) == _bare(column)
                for keys in self._from.values()
                for key in keys
            )
        )


def bare_table(name: str) -> _Name:
    """A table's name as it is compared, whatever its schema."""
    return _bare(name.rpartition(".")[2])


def _bare(name: str) -> _Name:
    return name.lower().replace("_", "")


def _named_for(*columns: str) -> set[_Name]:
    """The tables that columns may be named for: order_id, orderid or order for order(s)."""
    stems = {_bare(column).removesuffix("id").removesuffix("uu") for column in columns} - {""}
    return {name for stem in stems for name in (stem, stem + "s", stem + "es", stem[:-1] + "ies")}
