"""What the migrations of a Django app say of its tables, one operation after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbaudit.migration_files.python_source import Call, Names, call_of, text_of, value_of
from dbaudit.workload.token_reader import UnreadableError

_RELATIONS = frozenset(("ForeignKey", "OneToOneField"))
_INDEXED = frozenset(("ForeignKey", "SlugField"))


@dataclass(frozen=True, slots=True)
class Field:
    """A model's field: its column, and whether it asks for an index of its own."""

    column: str
    is_indexed: bool = False


@dataclass(slots=True)
class Model:
    """A model's table and its fields by their names in lower case."""

    table: str
    fields: dict[str, Field] = field(default_factory=dict)
    is_managed: bool = True

    def column(self, name: str) -> str:
        """The column of a field; of an unknown one the name itself."""
        found = self.fields.get(name.lower())
        return found.column if found else name


@dataclass(slots=True)
class AppModels:
    """The models of an app as they are after the operations seen so far."""

    app: str
    models: dict[str, Model] = field(default_factory=dict)

    def model(self, name: str) -> Model:
        """The model; one that no operation made has Django's own name for its table."""
        return self.models.setdefault(name.lower(), Model(f"{self.app}_{name.lower()}"))

    def apply(self, call: Call, names: Names) -> None:
        """Follow an operation on models or fields; others change nothing here."""
        given = _Arguments(call, names)
        match call.last:
            case "CreateModel":
                self._create(call, given, names)
            case "DeleteModel":
                self.models.pop(given.text(0, "name").lower(), None)
            case "RenameModel":
                self._rename(given.text(0, "old_name"), given.text(1, "new_name"))
            case "AlterModelTable":
                name = given.text(0, "name")
                self.model(name).table = given.get(1, "table") or f"{self.app}_{name.lower()}"
            case "AddField" | "AlterField":
                name = given.text(1, "name")
                found = field_of(name, call.argument(2, "field"), names)
                if found is not None:
                    self.model(given.text(0, "model_name")).fields[name.lower()] = found
            case "RenameField":
                self._rename_field(given)

    def _create(self, call: Call, given: _Arguments, names: Names) -> None:
        name = given.text(0, "name")
        options = dict(_options(call, names))
        model = Model(f"{self.app}_{name.lower()}", is_managed=options.get("managed") is not False)
        if isinstance(options.get("db_table"), str):
            model.table = options["db_table"]
        fields = call.argument(1, "fields")
        for element in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
            if isinstance(element, ast.Tuple) and len(element.elts) == 2:
                key = value_of(element.elts[0], names)
                found = field_of(str(key), element.elts[1], names)
                if found is not None:
                    model.fields[str(key).lower()] = found
        self.models[name.lower()] = model

    def _rename(self, old: str, new: str) -> None:
        model = self.model(old)
        del self.models[old.lower()]
        if model.table == f"{self.app}_{old.lower()}":
            model.table = f"{self.app}_{new.lower()}"
        self.models[new.lower()] = model

    def _rename_field(self, given: _Arguments) -> None:
        model = self.model(given.text(0, "model_name"))
        old, new = given.text(1, "old_name"), given.text(2, "new_name")
        before = model.fields.pop(old.lower(), Field(old))
        column = before.column
        if column in (old, f"{old}_id"):
            column = new + column[len(old) :]
        model.fields[new.lower()] = Field(column, before.is_indexed)


def field_of(name: str, node: ast.expr | None, names: Names) -> Field | None:
    """The field that a call makes; None for one without a column, or that is not written out."""
    call = call_of(node)
    if call is None or call.last == "ManyToManyField":
        return None
    column = name + ("_id" if call.last in _RELATIONS else "")
    is_indexed = call.last in _INDEXED
    for keyword in call.node.keywords:
        try:
            if keyword.arg == "db_column":
                column = value_of(keyword.value, names) or column
            elif keyword.arg == "db_index":
                is_indexed = bool(value_of(keyword.value, names))
        except UnreadableError:  # it is as if it were not said
            continue
    return Field(str(column), is_indexed)


def _options(call: Call, names: Names) -> Iterator[tuple[str, Any]]:
    """The model's options that are written out."""
    options = call.argument(2, "options")
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            try:
                yield str(value_of(key, names)), value_of(value, names)
            except UnreadableError:  # a list of indexes or constraints: those of a new table
                continue


@dataclass(frozen=True, slots=True)
class _Arguments:
    call: Call
    names: Names

    def get(self, position: int, keyword: str) -> str | None:
        return text_of(self.call.argument(position, keyword), self.names)

    def text(self, position: int, keyword: str) -> str:
        found = self.get(position, keyword)
        if not found:
            raise UnreadableError(f"{keyword} is not given")
        return found
