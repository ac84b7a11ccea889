"""A syntax tree read block by block: what each statement, CTE and subquery does with its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from dbaudit.workload.assignments import assignments
from dbaudit.workload.blocks import (
    BaseColumn,
    Block,
    Derived,
    Reference,
    identifier,
)
from dbaudit.workload.catalog import Catalog
from dbaudit.workload.conditions import Scope, add_conditions, column_of, value_kind
from dbaudit.workload.keys import read_keys
from dbaudit.workload.outputs import mention, output
from dbaudit.workload.source_text import SourceText
from dbaudit.workload.table_use import Assignment, Paging
from dbaudit.workload.using import equals_column, join_using, shared_names

_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
#: Clauses of a SELECT in which expressions stand (FROM and JOIN are read apart).
_CLAUSES = ("where", "group", "having", "order", "distinct", "windows")

Ctes = Mapping[str, Derived]


@dataclass(slots=True)
class Walk:
    """One reading of one statement: what it knows, and what it has found so far."""

    source: SourceText
    catalog: Catalog
    references: list[Reference] = field(default_factory=list)
    paging: list[Paging] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)


def walk_statement(walk: Walk, node: exp.Expr, parent: Block | None, ctes: Ctes) -> Derived:
    """Read a statement or subquery; the columns that it gives to what is around it."""
    ctes = {**ctes, **_with(walk, node, parent, ctes)}
    if isinstance(node, exp.Subquery):
        _page(walk, node)
        inner = walk_statement(walk, node.this, parent, ctes)
        return _blocked(inner) if _is_limited(node) else inner
    if isinstance(node, exp.SetOperation):
        _page(walk, node)
        first = walk_statement(walk, node.this, parent, ctes)
        walk_statement(walk, node.expression, parent, ctes)
        return _blocked(first)
    if isinstance(node, exp.Select):
        return _select(walk, node, parent, ctes)
    if isinstance(node, _WRITES):
        return _write(walk, node, Block(parent), ctes)
    _nested(walk, [node], Block(parent), ctes)
    return {}


def _blocked(derived: Derived) -> Derived:
    """The same columns, for conditions that cannot be pushed below what computes them; it reads
    them all."""
    for base in derived.values():
        if base is not None:
            base.give()
    return dict.fromkeys(derived)


def _is_limited(node: exp.Expr) -> bool:
    return node.args.get("limit") is not None or node.args.get("offset") is not None


def _with(walk: Walk, node: exp.Expr, parent: Block | None, ctes: Ctes) -> Ctes:
    """The CTEs of a WITH. The planner looks through those that are named just once."""
    with_ = node.args.get("with_")
    if with_ is None:
        return {}
    uses = Counter(identifier(table.this) for table in node.find_all(exp.Table))
    found: dict[str, Derived] = {}
    for cte in with_.expressions:
        name = identifier(cte.args["alias"].this)
        around = {**ctes, **found, **({name: {}} if with_.recursive else {})}
        derived = _renamed(walk_statement(walk, cte.this, parent, around), cte.args["alias"])
        materialized = cte.args.get("materialized")
        is_lone = materialized is None and uses[name] <= 1
        is_inlined = not with_.recursive and (materialized is False or is_lone)
        found[name] = derived if is_inlined else _blocked(derived)
    return found


def _renamed(derived: Derived, alias: exp.Expr | None) -> Derived:
    """The columns under the names of an alias such as `x (a, b)`."""
    names = [identifier(column) for column in (alias.args.get("columns") or ())] if alias else []
    old = list(derived)
    return {(names[n] if n < len(names) else old[n]): derived[old[n]] for n in range(len(old))}


def _select(walk: Walk, node: exp.Select, parent: Block | None, ctes: Ctes) -> Derived:
    is_semi_join = isinstance(node.parent, exp.Exists) and not _is_negated(node.parent)
    block = Block(parent, is_semi_join, _is_source(node))
    own = len(walk.references)
    _from(walk, node, block, ctes)
    own_references = [r for r in walk.references[own:] if r in block.sources.values()]
    if node.args.get("where") is not None:
        add_conditions(node.args["where"].this, Scope(block, "where", walk.source))
    for reference in own_references:
        reference.has_limit = node.args.get("limit") is not None
    scope = Scope(block, "where", walk.source)
    read_keys(node, scope)
    _page(walk, node)
    given = () if _gives_nothing(node) else node.expressions
    clauses = [part for name in _CLAUSES for part in _as_list(node.args.get(name))]
    mention(block, [*given, *clauses])
    _nested(walk, [*given, *clauses], block, ctes)
    derived = output(given, block)
    is_grouped = any(node.args.get(name) is not None for name in ("group", "distinct", "having"))
    is_computed = is_grouped or _is_limited(node) or _has_window(node)
    return _blocked(derived) if is_computed else derived


def _is_source(node: exp.Select) -> bool:
    """Whether it stands in FROM or WITH."""
    above = node.parent
    in_from = isinstance(above, exp.Subquery) and isinstance(above.parent, exp.From | exp.Join)
    return in_from or isinstance(above, exp.CTE)


def _gives_nothing(node: exp.Select) -> bool:
    """Whether nobody reads what it selects: EXISTS asks for a row, whatever is in it
    (simplify_EXISTS_query in subselect.c)."""
    return isinstance(node.parent, exp.Exists) and not _has_window(node)


def _is_negated(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Not)


def _has_window(node: exp.Select) -> bool:
    return any(part.find(exp.Window, exp.AggFunc) for part in node.expressions)


def _as_list(part: object) -> list[exp.Expr]:
    found = part if isinstance(part, list) else [part]
    return [one for one in found if isinstance(one, exp.Expr)]


def _page(walk: Walk, node: exp.Expr) -> None:
    """Note LIMIT, FETCH and OFFSET."""
    for clause in ("limit", "offset"):
        part = node.args.get(clause)
        value = (part.args.get("count") or part.args.get("expression")) if part else None
        if isinstance(value, exp.Identifier):
            value = exp.Column(this=value.copy())
        if value is not None:
            walk.paging.append(Paging(clause, walk.source.near(value), value_kind(value)))


def _from(walk: Walk, node: exp.Expr, block: Block, ctes: Ctes) -> None:
    """Add the sources of FROM, USING and JOIN, then read the join conditions."""
    origin = node.args.get("from_")
    first = [origin.this] if origin is not None else []
    _add_sources(walk, first, node.args.get("joins") or (), block, ctes)
    for lateral in node.args.get("laterals") or ():
        _add_source(walk, lateral, block, ctes)


def _add_sources(
    walk: Walk,
    tables: Iterable[exp.Expr],
    joins: Iterable[exp.Expr],
    block: Block,
    ctes: Ctes,
) -> None:
    for table in tables:
        _add_source(walk, table, block, ctes)
    for join in joins:
        before = dict(block.sources)
        _add_source(walk, join.this, block, ctes)
        added = {name: s for name, s in block.sources.items() if name not in before}
        if join.args.get("on") is not None:
            _join_on(walk, join.args["on"], block, ctes)
        for name in shared_names(join, before, added):
            join_using(name, before, added)


def _join_on(walk: Walk, on: exp.Expr, block: Block, ctes: Ctes) -> None:
    add_conditions(on, Scope(block, "join", walk.source))
    mention(block, [on])
    _nested(walk, [on], block, ctes)


def _add_source(walk: Walk, node: exp.Expr, block: Block, ctes: Ctes) -> None:
    """Add a table, subquery, function or parenthesised join to the block."""
    alias = node.args.get("alias")
    name = identifier(alias.this) if alias is not None else ""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        _add_table(walk, node, name, block, ctes)
    elif isinstance(node, exp.Paren | exp.Subquery) and isinstance(node.this, exp.Table):
        _add_source(walk, node.this, block, ctes)
    else:
        query = node.this if isinstance(node, exp.Lateral) else node
        if isinstance(query, exp.Query):
            derived = _renamed(walk_statement(walk, query, block, ctes), alias)
        else:
            mention(block, [node])
            _nested(walk, [node], block, ctes)
            derived = dict.fromkeys(identifier(c) for c in _alias_columns(alias))
        block.sources[name or f"\0{len(block.sources)}"] = derived
    _add_sources(walk, (), node.args.get("joins") or (), block, ctes)


def _alias_columns(alias: exp.Expr | None) -> Iterable[exp.Expr]:
    return (alias.args.get("columns") or ()) if alias is not None else ()


def _add_table(
    walk: Walk, node: exp.Table, alias: str, block: Block, ctes: Ctes
) -> Reference | None:
    name, schema = identifier(node.this), identifier(node.args.get("db")) or None
    if schema is None and name in ctes:
        block.sources[alias or name] = _renamed(ctes[name], node.args.get("alias"))
        return None
    resolved = walk.catalog.resolve(schema, name)
    types = walk.catalog.tables[resolved] if resolved else None
    reference = Reference(resolved[0] if resolved else None, name, alias or name, types)
    walk.references.append(reference)
    block.sources[alias or name] = reference
    columns = [identifier(column) for column in _alias_columns(node.args.get("alias"))]
    if columns and types is not None:
        block.sources[alias or name] = {
            new: BaseColumn(reference, old) for new, old in zip(columns, types, strict=False)
        }
    return reference


def _nested(walk: Walk, parts: Iterable[exp.Expr], block: Block, ctes: Ctes) -> None:
    """Read the subqueries in expressions."""
    for part in parts:
        for node in part.walk(prune=lambda found: isinstance(found, exp.Query)):
            if isinstance(node, exp.Query):
                derived = walk_statement(walk, node, block, ctes)
                _semi_join(walk, node, derived, block)


def _semi_join(walk: Walk, query: exp.Query, derived: Derived, block: Block) -> None:
    """`x IN (SELECT y …)` joins: y = x can be looked up, once for each x."""
    parent = query.parent
    if isinstance(parent, exp.Any):
        parent = parent.parent
    if not isinstance(parent, exp.In | exp.EQ) or _is_negated(parent):
        return
    if isinstance(parent, exp.EQ) and query.parent is parent:
        return
    outer = column_of(parent.this, Scope(block, "where", walk.source))
    inner = next(iter(derived.values()), None)
    if outer is not None and inner is not None and len(derived) == 1:
        inner.reference.conditions.append(equals_column(inner, outer, "where"))


def _write(walk: Walk, node: exp.Expr, block: Block, ctes: Ctes) -> Derived:
    """INSERT, UPDATE, DELETE or MERGE, perhaps in a CTE."""
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    if isinstance(target, exp.Table):
        alias = target.args.get("alias")
        name = identifier(alias.this) if alias is not None else ""
        reference = _add_table(walk, target, name, block, {})
        if reference is not None:
            reference.is_target = True
            walk.assignments.extend(assignments(node, reference, walk.source))
    if isinstance(node, exp.Insert):
        if isinstance(node.expression, exp.Expr):
            walk_statement(walk, node.expression, block.parent, ctes)
    else:
        _write_conditions(walk, node, block, ctes)
    returning = node.args.get("returning")
    return _blocked(output(returning.expressions, block)) if returning else {}


def _write_conditions(walk: Walk, node: exp.Expr, block: Block, ctes: Ctes) -> None:
    _from(walk, node, block, ctes)
    _add_sources(walk, _as_list(node.args.get("using")), (), block, ctes)
    where = node.args.get("where")
    if where is not None:
        add_conditions(where.this, Scope(block, "where", walk.source))
    on = _as_list(node.args.get("on"))
    for condition in on:
        add_conditions(condition, Scope(block, "join", walk.source))
    parts = [*_as_list(where), *on, *node.expressions, *_as_list(node.args.get("whens"))]
    mention(block, parts)
    _nested(walk, parts, block, ctes)
