"""models.Index and its kin as SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from dbaudit.identifiers import quote_ident, quote_literal
from dbaudit.migration_files.django_models import Model
from dbaudit.migration_files.index_sql import IndexWords
from dbaudit.migration_files.python_source import (
    Call,
    Names,
    call_of,
    text_of,
    texts_of,
    value_of,
)
from dbaudit.workload.token_reader import UnreadableError

#: django.contrib.postgres.indexes: class -> access method.
_METHODS = {
    "Index": None,
    "BTreeIndex": "btree",
    "BrinIndex": "brin",
    "GinIndex": "gin",
    "GistIndex": "gist",
    "HashIndex": "hash",
    "SpGistIndex": "spgist",
}
_STORAGE = (
    "autosummarize pages_per_range fillfactor deduplicate_items fastupdate gin_pending_list_limit"
    " buffering"
).split()
_FUNCTIONS = {"Lower": "lower", "Upper": "upper", "Length": "length", "Trim": "btrim", "Abs": "abs"}
_COMPARISONS = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def index_words(node: ast.expr | None, model: Model, names: Names) -> IndexWords:
    """What an index of a model says. Raises UnreadableError."""
    call = call_of(node)
    if call is None or call.last not in _METHODS:
        raise UnreadableError("the index is not written out")
    classes = texts_of(call.argument(None, "opclasses"), names)
    fields = texts_of(call.argument(None, "fields"), names)
    keys = [_field_key(name, model) for name in fields]
    keys += [_expression_key(argument, model, names) for argument in call.node.args]
    if classes and len(classes) == len(keys):
        keys = [_with_class(key, class_) for key, class_ in zip(keys, classes, strict=True)]
    condition = call.argument(None, "condition")
    return IndexWords(
        name=text_of(call.argument(None, "name"), names),
        schema=None,
        table=model.table,
        keys=keys,
        method=_METHODS[call.last],
        include=[model.column(n) for n in texts_of(call.argument(None, "include"), names)],
        where=condition_sql(condition, model, names) if condition is not None else None,
        options=list(_storage(call, names)),
    )


def _get(call: Call, keyword: str, names: Names) -> Any:
    return value_of(call.argument(None, keyword), names)


def _storage(call: Call, names: Names) -> Iterator[tuple[str, str]]:
    for name in _STORAGE:
        value = _get(call, name, names)
        if value is not None:
            is_switch = isinstance(value, bool)
            yield name, ("on" if value else "off") if is_switch else str(value)


def _field_key(name: str, model: Model) -> str:
    """A leading minus turns the order round."""
    is_descending = name.startswith("-")
    return quote_ident(model.column(name.lstrip("-"))) + (" DESC" if is_descending else "")


def _with_class(key: str, class_: str) -> str:
    column, space, order = key.partition(" DESC")
    return f"{column} {class_}{space}{order}"


def _expression_key(node: ast.expr, model: Model, names: Names) -> str:
    call = call_of(node)
    if call is None:
        value = value_of(node, names)
        if isinstance(value, str):
            return _field_key(value, model)
        raise UnreadableError("a key is not written out")
    if call.last in ("desc", "asc") and isinstance(call.node.func, ast.Attribute):
        inner = _expression_key(call.node.func.value, model, names)
        nulls = "".join(
            f" NULLS {where.upper()}"
            for where in ("first", "last")
            if _get(call, f"nulls_{where}", names)
        )
        return f"{inner} {call.last.upper()}{nulls}"
    if call.last == "OpClass" and call.node.args:
        class_ = text_of(call.argument(1, "name"), names)
        return f"{_expression_key(call.node.args[0], model, names)} {class_}"
    expression = _expression(node, model, names)
    return expression if call.last == "F" else f"({expression})"


def _expression(node: ast.expr, model: Model, names: Names) -> str:
    call = call_of(node)
    if call is None or call.last == "F":
        name = value_of(call.argument(0, "name") if call else node, names)
        if isinstance(name, str):
            return quote_ident(model.column(name))
    elif call.last in _FUNCTIONS and len(call.node.args) == 1:
        return f"{_FUNCTIONS[call.last]}({_expression(call.node.args[0], model, names)})"
    raise UnreadableError(f"{ast.unparse(node)[:60]!r} is an expression that is not known here")


def condition_sql(node: ast.expr, model: Model, names: Names) -> str:
    """A Q object as SQL. Raises UnreadableError for what is not known here."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        word = "AND" if isinstance(node.op, ast.BitAnd) else "OR"
        sides = (condition_sql(side, model, names) for side in (node.left, node.right))
        return "(" + f" {word} ".join(sides) + ")"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        return f"NOT ({condition_sql(node.operand, model, names)})"
    call = call_of(node)
    if call is None or call.last != "Q":
        raise UnreadableError("its condition is not written out")
    connector = _get(call, "_connector", names) or "AND"
    parts = [
        condition_sql(argument, model, names) for argument in call.node.args if call_of(argument)
    ]
    pairs = [a for a in call.node.args if isinstance(a, ast.Tuple) and len(a.elts) == 2]
    parts += [_comparison(str(value_of(a.elts[0], names)), a.elts[1], model, names) for a in pairs]
    parts += [
        _comparison(keyword.arg, keyword.value, model, names)
        for keyword in call.node.keywords
        if keyword.arg and not keyword.arg.startswith("_")
    ]
    if not parts:
        raise UnreadableError("its condition is not written out")
    condition = f" {connector} ".join(parts)
    return f"NOT ({condition})" if _get(call, "_negated", names) else condition


def _comparison(lookup: str, node: ast.expr, model: Model, names: Names) -> str:
    name, _, kind = lookup.partition("__")
    column = quote_ident(model.column(name))
    value = value_of(node, names)
    kind = kind or "exact"
    if kind == "isnull":
        return f"{column} IS {'' if value else 'NOT '}NULL"
    if kind == "exact" and isinstance(value, bool):
        return column if value else f"NOT {column}"
    if kind == "exact" and value is None:
        return f"{column} IS NULL"
    if kind == "in" and isinstance(value, list):
        return f"{column} IN ({', '.join(_literal(one) for one in value)})"
    if kind in _COMPARISONS:
        return f"{column} {_COMPARISONS[kind]} {_literal(value)}"
    raise UnreadableError(f"its condition asks {lookup}, which is not known here")


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return quote_literal(value)
    raise UnreadableError("its condition holds a value that is not known here")
