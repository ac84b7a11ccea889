"""What the migrations of a Django app say of its models, one operation after the other."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from dbaudit.migration_files.arguments import Arguments
from dbaudit.migration_files.python_source import Call, Names, call_of, elements, value_of
from dbaudit.workload.token_reader import UnreadableError

_RELATIONS = frozenset(("ForeignKey", "OneToOneField"))
_INDEXED = frozenset(("ForeignKey", "SlugField"))
_MANY_TO_MANY = "ManyToManyField"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model; `kind` is its class's name, `column` None for many to many.

    `is_indexed` is whether it asks for an index of its own, `is_guessed` whether something of it
    is not written out.
    """

    name: str
    kind: str
    column: str | None
    is_indexed: bool = False
    is_guessed: bool = False


@dataclass(slots=True)
class Model:
    """A model's table, its fields by their names in lower case, and the names of its indexes.

    `has_own_table` is false for a proxy and an abstract model.
    """

    name: str
    table: str
    fields: dict[str, Field] = field(default_factory=dict)
    indexes: set[str] = field(default_factory=set)
    is_managed: bool = True
    has_own_table: bool = True

    def column(self, name: str) -> str:
        """The column of a field; of an unknown one the name itself."""
        found = self.fields.get(name.lower())
        return (found.column if found else None) or name


@dataclass(slots=True)
class AppModels:
    """The models of an app, by their names in lower case, after the operations seen so far.

    `link_tables` are those of many-to-many fields. `is_guessed` is whether something was not
    written out, or was done to what no operation made.
    """

    app: str
    models: dict[str, Model] = field(default_factory=dict)
    link_tables: set[str] = field(default_factory=set)
    is_guessed: bool = False

    def model(self, name: str) -> Model:
        """The model; one that no operation made has Django's own name for its table."""
        if name.lower() not in self.models:
            self.is_guessed = True
            self.models[name.lower()] = Model(name, self.default_table(name))
        return self.models[name.lower()]

    def default_table(self, name: str) -> str:
        """The table of a model that says nothing else."""
        return f"{self.app}_{name.lower()}"

    def apply(self, call: Call, names: Names) -> None:
        """Follow an operation on models, fields or indexes; others change nothing here.

        Raises UnreadableError for one whose subject is not written out.
        """
        operation = _OPERATIONS.get(call.last.removesuffix("Concurrently"))
        if operation is not None:
            operation(self, Arguments(call, names))

    def written_out(self, nodes: Mapping[str, ast.expr | None], names: Names) -> dict[str, Any]:
        """The values of those that are given and written out."""
        said, is_guessed = _written_out(nodes, names)
        self.is_guessed |= is_guessed
        return said

    def options(self, node: ast.expr | None) -> dict[str, ast.expr]:
        """The entries of a mapping."""
        if node is None:
            return {}
        pairs = [*zip(node.keys, node.values, strict=True)] if isinstance(node, ast.Dict) else []
        found = {str(key.value): one for key, one in pairs if isinstance(key, ast.Constant)}
        self.is_guessed |= not isinstance(node, ast.Dict) or len(found) < len(pairs)
        return found

    def set_field(self, model: Model, name: str, node: ast.expr | None, names: Names) -> None:
        """The model gets the field, or another of that name."""
        found = read_field(name, node, names)
        if found is None:
            self.is_guessed = True
            return
        self.is_guessed |= found.is_guessed
        model.fields[name.lower()] = found
        call = call_of(node)
        if found.kind == _MANY_TO_MANY and call and call.argument(None, "through") is None:
            said = self.written_out({"db_table": call.argument(None, "db_table")}, names)
            self.link_tables.add(str(said.get("db_table") or f"{model.table}_{name}"))


def read_field(name: str, node: ast.expr | None, names: Names) -> Field | None:
    """The field that a call makes; None for what is no call."""
    call = call_of(node)
    if call is None:
        return None
    if call.last == _MANY_TO_MANY:
        return Field(name, call.last, None)
    is_relation = call.last in _RELATIONS or call.argument(None, "on_delete") is not None
    given = {key: call.argument(None, key) for key in ("db_column", "db_index")}
    said, is_guessed = _written_out(given, names)
    column = said.get("db_column") or (f"{name}_id" if is_relation else name)
    is_indexed = said.get("db_index", call.last in _INDEXED)
    return Field(name, call.last, str(column), bool(is_indexed), is_guessed)


def _written_out(nodes: Mapping[str, ast.expr | None], names: Names) -> tuple[dict[str, Any], bool]:
    """The values of those that are given and written out, and whether one is not written out."""
    given = {key: node for key, node in nodes.items() if node is not None}
    said = {}
    for key, node in given.items():
        with suppress(UnreadableError):
            said[key] = value_of(node, names)
    return said, len(said) < len(given)


def _create_model(models: AppModels, given: Arguments) -> None:
    name = given.needed(0, "name")
    options = models.options(given.node(2, "options"))
    of_table = {key: options.get(key) for key in ("db_table", "managed", "proxy", "abstract")}
    said = models.written_out(of_table, given.names)
    model = Model(
        name,
        str(said.get("db_table") or models.default_table(name)),
        is_managed=said.get("managed") is not False,
        has_own_table=not (said.get("proxy") or said.get("abstract")),
    )
    models.models[name.lower()] = model
    for element in elements(given.node(1, "fields")):
        if isinstance(element, ast.Tuple) and len(element.elts) == 2:
            key = value_of(element.elts[0], given.names)
            models.set_field(model, str(key), element.elts[1], given.names)
        else:
            models.is_guessed = True
    for element in elements(options.get("indexes")):
        _know_index(models, model, element, given.names)


def _know_index(models: AppModels, model: Model, node: ast.expr | None, names: Names) -> None:
    call = call_of(node)
    name = call.argument(None, "name") if call else None
    said = models.written_out({"name": name}, names)
    if "name" in said:
        model.indexes.add(str(said["name"]))
    else:
        models.is_guessed = True


def _delete_model(models: AppModels, given: Arguments) -> None:
    name = given.needed(0, "name")
    models.model(name)
    del models.models[name.lower()]


def _rename_model(models: AppModels, given: Arguments) -> None:
    old, new = given.needed(0, "old_name"), given.needed(1, "new_name")
    model = models.model(old)
    del models.models[old.lower()]
    if model.table == models.default_table(old):
        model.table = models.default_table(new)
    model.name = new
    models.models[new.lower()] = model


def _alter_table(models: AppModels, given: Arguments) -> None:
    name = given.needed(0, "name")
    models.model(name).table = given.text(1, "table") or models.default_table(name)


def _alter_options(models: AppModels, given: Arguments) -> None:
    model = models.model(given.needed(0, "name"))
    options = models.options(given.node(1, "options"))
    said = models.written_out({"managed": options.get("managed")}, given.names)
    model.is_managed = said.get("managed") is not False


def _set_field(models: AppModels, given: Arguments) -> None:
    model = models.model(given.needed(0, "model_name"))
    models.set_field(model, given.needed(1, "name"), given.node(2, "field"), given.names)


def _remove_field(models: AppModels, given: Arguments) -> None:
    fields = models.model(given.needed(0, "model_name")).fields
    if fields.pop(given.needed(1, "name").lower(), None) is None:
        models.is_guessed = True


def _rename_field(models: AppModels, given: Arguments) -> None:
    fields = models.model(given.needed(0, "model_name")).fields
    old, new = given.needed(1, "old_name"), given.needed(2, "new_name")
    if old.lower() not in fields:
        models.is_guessed = True
    known = fields.pop(old.lower(), Field(old, "", old))
    columns = {old: new, f"{old}_id": f"{new}_id"}
    column = columns.get(known.column or "", known.column)
    fields[new.lower()] = Field(new, known.kind, column, known.is_indexed)


def _add_index(models: AppModels, given: Arguments) -> None:
    model = models.model(given.needed(0, "model_name"))
    _know_index(models, model, given.node(1, "index"), given.names)


def _remove_index(models: AppModels, given: Arguments) -> None:
    models.model(given.needed(0, "model_name")).indexes.discard(given.needed(1, "name"))


def _rename_index(models: AppModels, given: Arguments) -> None:
    indexes = models.model(given.needed(0, "model_name")).indexes
    indexes.discard(given.text(2, "old_name") or "")
    indexes.add(given.needed(1, "new_name"))


def _follow(position: int) -> Callable[[AppModels, Arguments], None]:
    """What follows the state_operations that stand at that position."""

    def follow(models: AppModels, given: Arguments) -> None:
        for element in elements(given.node(position, "state_operations")):
            call = call_of(element)
            if call is None:
                raise UnreadableError(f"{ast.unparse(element)[:60]!r} is no operation")
            models.apply(call, given.names)

    return follow


_OPERATIONS: Mapping[str, Callable[[AppModels, Arguments], None]] = {
    "CreateModel": _create_model,
    "DeleteModel": _delete_model,
    "RenameModel": _rename_model,
    "AlterModelTable": _alter_table,
    "AlterModelOptions": _alter_options,
    "AddField": _set_field,
    "AlterField": _set_field,
    "RemoveField": _remove_field,
    "RenameField": _rename_field,
    "AddIndex": _add_index,
    "RemoveIndex": _remove_index,
    "RenameIndex": _rename_index,
    "RunSQL": _follow(2),
    "SeparateDatabaseAndState": _follow(1),
}
