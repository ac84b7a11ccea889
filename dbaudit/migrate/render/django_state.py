"""The models that an app's migrations lead to, as far as tables, columns and indexes go. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dbaudit.migrate.render.django_project import App


def is_quotable(name: str) -> bool:
    """Whether Django's quoting, which escapes nothing, leaves the name what it is."""
    return '"' not in name and "%" not in name


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model: `kind` is its class's name, `column` None for many to many."""

    name: str
    kind: str
    column: str | None


@dataclass(slots=True)
class Model:
    """A model as the migrations leave it; `indexes` are the names of those that it knows."""

    app: str
    name: str
    table: str
    is_managed: bool = True
    has_own_table: bool = True
    fields: dict[str, Field] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)

    def field_of(self, column: str) -> Field | None:
        """The field that a column belongs to; None where Django would not quote its name right."""
        found = (one for one in self.fields.values() if one.column == column)
        return next(found, None) if is_quotable(column) else None


@dataclass(slots=True)
class AppState:
    """The models by their names in lower case, and the tables of many-to-many fields.

    `unread` says where an operation could not be read without running it, or is empty.
    """

    app: App
    models: dict[str, Model] = field(default_factory=dict)
    link_tables: set[str] = field(default_factory=set)
    unread: str = ""

    def model_of(self, table: str) -> Model | None:
        """The model of a table that the app's migrations make."""
        names = {table, f'public"."{table}'}
        found = (m for m in self.models.values() if m.has_own_table and m.table in names)
        return next(found, None)

    def has_table(self, table: str) -> bool:
        """Whether the app's migrations make the table."""
        return self.model_of(table) is not None or table in self.link_tables


def state_of(app: App) -> AppState:
    """The state after the app's last migration."""
    state = AppState(app)
    for migration in app.migrations:
        place = f"{migration.path.name}"
        if migration.operations is None:
            continue
        for node in _items(migration.operations):
            try:
                _run(state, node)
            except (_UnreadableError, KeyError):
                state.unread = state.unread or f"{place}:{node.lineno}"
        if not isinstance(migration.operations, ast.List | ast.Tuple):
            state.unread = state.unread or f"{place}:{migration.operations.lineno}"
    return state


class _UnreadableError(Exception):
    """A value would have to be computed."""


class _Arguments:
    """The arguments of a call, by position or keyword."""

    def __init__(self, node: ast.Call) -> None:
        self.node = node
        self.keywords = {k.arg: k.value for k in node.keywords if k.arg}

    def node_at(self, position: int, keyword: str) -> ast.expr | None:
        if position < len(self.node.args):
            return self.node.args[position]
        return self.keywords.get(keyword)

    def text(self, position: int, keyword: str) -> str:
        node = self.node_at(position, keyword)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        raise _UnreadableError

    def call(self, position: int, keyword: str) -> ast.Call:
        node = self.node_at(position, keyword)
        if isinstance(node, ast.Call):
            return node
        raise _UnreadableError


def _items(node: ast.expr | None) -> Iterator[ast.expr]:
    yield from node.elts if isinstance(node, ast.List | ast.Tuple) else ()


def _class_name(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _run(state: AppState, node: ast.expr) -> None:
    if not isinstance(node, ast.Call):
        raise _UnreadableError
    operation = _OPERATIONS.get(_class_name(node))
    if operation is not None:
        operation(state, _Arguments(node))


def _create_model(state: AppState, call: _Arguments) -> None:
    name = call.text(0, "name")
    options = _mapping(call.node_at(2, "options"))
    table = _text(options.get("db_table")) or f"{state.app.label}_{name.lower()}"
    model = Model(
        state.app.label,
        name,
        table,
        is_managed=_constant(options.get("managed")) is not False,
        has_own_table=not (_constant(options.get("proxy")) or _constant(options.get("abstract"))),
    )
    state.models[name.lower()] = model
    for item in _items(call.node_at(1, "fields")):
        if not (isinstance(item, ast.Tuple) and len(item.elts) == 2):
            raise _UnreadableError
        name_node, field_node = item.elts
        if not isinstance(field_node, ast.Call):
            raise _UnreadableError
        _set_field(state, model, _text(name_node), field_node)
    for index in _items(options.get("indexes")):
        if isinstance(index, ast.Call):
            model.indexes.add(_Arguments(index).text(len(index.args), "name"))


def _set_field(state: AppState, model: Model, name: str, node: ast.Call) -> None:
    arguments = _Arguments(node).keywords
    kind = _class_name(node)
    column: str | None = name
    if kind == "ManyToManyField":
        column = None
        if "through" not in arguments:
            state.link_tables.add(_text(arguments.get("db_table")) or f"{model.table}_{name}")
    elif "on_delete" in arguments:
        column = f"{name}_id"
    model.fields[name] = Field(name, kind, _text(arguments.get("db_column")) or column)


def _delete_model(state: AppState, call: _Arguments) -> None:
    del state.models[call.text(0, "name").lower()]


def _rename_model(state: AppState, call: _Arguments) -> None:
    old, new = call.text(0, "old_name"), call.text(1, "new_name")
    model = state.models.pop(old.lower())
    if model.table == f"{state.app.label}_{old.lower()}":
        model.table = f"{state.app.label}_{new.lower()}"
    model.name = new
    state.models[new.lower()] = model


def _alter_table(state: AppState, call: _Arguments) -> None:
    name = call.text(0, "name")
    table = call.node_at(1, "table")
    state.models[name.lower()].table = _text(table) or f"{state.app.label}_{name.lower()}"


def _alter_options(state: AppState, call: _Arguments) -> None:
    options = _mapping(call.node_at(1, "options"))
    model = state.models[call.text(0, "name").lower()]
    model.is_managed = _constant(options.get("managed")) is not False


def _alter_field(state: AppState, call: _Arguments) -> None:
    model = state.models[call.text(0, "model_name").lower()]
    _set_field(state, model, call.text(1, "name"), call.call(2, "field"))


def _remove_field(state: AppState, call: _Arguments) -> None:
    del state.models[call.text(0, "model_name").lower()].fields[call.text(1, "name")]


def _rename_field(state: AppState, call: _Arguments) -> None:
    model = state.models[call.text(0, "model_name").lower()]
    old, new = call.text(1, "old_name"), call.text(2, "new_name")
    known = model.fields.pop(old)
    columns = {old: new, f"{old}_id": f"{new}_id"}
    model.fields[new] = Field(new, known.kind, columns.get(known.column or "", known.column))


def _add_index(state: AppState, call: _Arguments) -> None:
    index = call.call(1, "index")
    name = _Arguments(index).text(len(index.args), "name")
    state.models[call.text(0, "model_name").lower()].indexes.add(name)


def _remove_index(state: AppState, call: _Arguments) -> None:
    state.models[call.text(0, "model_name").lower()].indexes.discard(call.text(1, "name"))


def _rename_index(state: AppState, call: _Arguments) -> None:
    indexes = state.models[call.text(0, "model_name").lower()].indexes
    if (old := _text(call.keywords.get("old_name"))) in indexes:
        indexes.discard(old)
    indexes.add(call.text(1, "new_name"))


def _state_operations(state: AppState, call: _Arguments) -> None:
    operations = call.node_at(2, "state_operations")
    if _class_name(call.node) == "SeparateDatabaseAndState":
        operations = call.node_at(1, "state_operations")
    for node in _items(operations):
        _run(state, node)


def _mapping(node: ast.expr | None) -> Mapping[str, ast.expr]:
    if node is None:
        return {}
    if not isinstance(node, ast.Dict):
        raise _UnreadableError
    pairs = zip(node.keys, node.values, strict=True)
    return {_key(key): value for key, value in pairs}


def _key(node: ast.expr | None) -> str:
    if node is None:  # **others
        raise _UnreadableError
    return _text(node)


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _text(node: ast.expr | None) -> str:
    """The text of a literal; empty for None, and where there is none."""
    value = _constant(node)
    if node is None or value is None:
        if node is not None and not isinstance(node, ast.Constant):
            raise _UnreadableError
        return ""
    return str(value)


_OPERATIONS: Mapping[str, Callable[[AppState, _Arguments], None]] = {
    "CreateModel": _create_model,
    "DeleteModel": _delete_model,
    "RenameModel": _rename_model,
    "AlterModelTable": _alter_table,
    "AlterModelOptions": _alter_options,
    "AddField": _alter_field,
    "AlterField": _alter_field,
    "RemoveField": _remove_field,
    "RenameField": _rename_field,
    "AddIndex": _add_index,
    "AddIndexConcurrently": _add_index,
    "RemoveIndex": _remove_index,
    "RemoveIndexConcurrently": _remove_index,
    "RenameIndex": _rename_index,
    "SeparateDatabaseAndState": _state_operations,
    "RunSQL": _state_operations,
}
