"""Joins by name: USING and NATURAL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from dbaudit.identifiers import quote_ident
from dbaudit.workload.blocks import BaseColumn, Derived, Reference, identifier
from dbaudit.workload.table_use import COLUMN, Condition

Sources = Mapping[str, Reference | Derived]


def shared_names(
    join: exp.Expr,
    before: Sources,
    added: Sources,
) -> list[str]:
    """The columns of JOIN … USING, and of NATURAL JOIN those that both sides have."""
    if join.args.get("method") == "NATURAL":
        known = {name for source in before.values() for name in _column_names(source)}
        return [name for s in added.values() for name in _column_names(s) if name in known]
    return [identifier(column) for column in join.args.get("using") or ()]


def _column_names(source: Reference | Derived) -> Iterable[str]:
    return (source.types or ()) if isinstance(source, Reference) else source


def join_using(name: str, before: Sources, added: Sources) -> None:
    """Hang the equality of USING (name) on both sides."""
    left, right = _column_named(name, before), _column_named(name, added)
    for one, other in ((left, right), (right, left)):
        if one is not None and other is not None:
            one.reference.columns[one.column] = None
            one.reference.conditions.append(equals_column(one, other, "join"))


def equals_column(one: BaseColumn, other: BaseColumn, clause: str) -> Condition:
    """The join condition `one = other`, as a condition on `one`."""
    value = f"{quote_ident(other.reference.alias)}.{quote_ident(other.column)}"
    text = quote_ident(one.column)
    return Condition(clause, one.column, text, "=", COLUMN, value, COLUMN, is_sargable=True)


def _column_named(name: str, sources: Sources) -> BaseColumn | None:
    for source in sources.values():
        if isinstance(source, Reference) and (source.types is None or name in source.types):
            return BaseColumn(source, name)
        if not isinstance(source, Reference) and source.get(name) is not None:
            return source[name]
    return None
