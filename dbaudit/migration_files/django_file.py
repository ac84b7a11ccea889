"""Django's migrations: the SQL of their operations, as far as it is written out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dbaudit.identifiers import quote_ident
from dbaudit.migration_files.django_index import index_words
from dbaudit.migration_files.django_models import AppModels, Model, field_of
from dbaudit.migration_files.index_sql import IndexWords, create_sql, drop_sql
from dbaudit.migration_files.migration import Migration, Statement, Tool
from dbaudit.migration_files.python_source import (
    Call,
    Names,
    Source,
    assigned,
    call_of,
    dotted,
    text_of,
    texts_of,
    value_of,
)
from dbaudit.migration_files.read_statements import broken_statement, read_statements
from dbaudit.workload.token_reader import UnreadableError

_CONCURRENTLY = "Concurrently"


@dataclass(frozen=True, slots=True)
class DjangoFile:
    """A module of an app's migrations; `name` is the file's stem."""

    app: str
    name: str
    file: str
    source: Source


def is_django(source: Source) -> bool:
    """Whether a module is a migration."""
    return _migration_class(source) is not None


def app_label(source: Source) -> str | None:
    """The label that a module `apps.py` gives its app, if any."""
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and "label" in (found := assigned(node.body)):
            label = found["label"]
            if isinstance(label, ast.Constant) and isinstance(label.value, str):
                return label.value
    return None


def read_django(files: Iterable[DjangoFile]) -> list[Migration]:
    """The migrations of one app, parents before children: later ones build on the models of the
    earlier ones."""
    parents = {one.name: [*_parents(one)] for one in files if _migration_class(one.source)}
    by_name = {one.name: one for one in files if one.name in parents}
    models = AppModels(next(iter(by_name.values())).app) if by_name else AppModels("")
    return [
        Migration(
            by_name[name].file,
            Tool.DJANGO,
            tuple(_Operations(by_name[name], models).statements()),
            (by_name[name].app, name),
            tuple(parents[name]),
        )
        for name in _in_order(by_name, parents)
    ]


def _in_order(
    by_name: Mapping[str, DjangoFile], parents: Mapping[str, Sequence[tuple[str, ...]]]
) -> list[str]:
    done: dict[str, None] = {}

    def visit(name: str, below: frozenset[str]) -> None:
        if name in done or name in below or name not in by_name:
            return
        for app, parent in parents[name]:
            if app == by_name[name].app:
                visit(parent, below | {name})
        done[name] = None

    for name in sorted(by_name):
        visit(name, frozenset())
    return list(done)


def _migration_class(source: Source) -> ast.ClassDef | None:
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            bases = (dotted(base) or "" for base in node.bases)
            if any(base.rsplit(".", 1)[-1] == "Migration" for base in bases):
                return node
    return None


def _parents(one: DjangoFile) -> Iterator[tuple[str, ...]]:
    node = _migration_class(one.source)
    found = assigned(node.body).get("dependencies") if node else None
    for element in found.elts if isinstance(found, ast.List | ast.Tuple) else ():
        try:
            value = value_of(element, one.source.names)
        except UnreadableError:  # swappable_dependency(…): another app's
            continue
        if isinstance(value, list) and len(value) == 2:
            yield str(value[0]), str(value[1])


class _Operations:
    """The operations of one migration; the app's models follow them."""

    def __init__(self, file: DjangoFile, models: AppModels) -> None:
        node = _migration_class(file.source)
        self._source = file.source
        self._models = models
        self._attributes = assigned(node.body) if node else {}
        self._names: Names = {**file.source.names, **self._attributes}

    def statements(self) -> Iterator[Statement]:
        atomic = self._attributes.get("atomic")
        is_atomic = not (isinstance(atomic, ast.Constant) and atomic.value is False)
        operations = self._attributes.get("operations")
        for element in operations.elts if isinstance(operations, ast.List | ast.Tuple) else ():
            for one in self._operation(element):
                yield replace(one, is_in_transaction=one.is_in_transaction or is_atomic)

    def _operation(self, node: ast.expr) -> Iterator[Statement]:
        call = call_of(node)
        if call is None:
            return
        if call.last == "SeparateDatabaseAndState":
            yield from self._separate(call)
            return
        try:
            rendered = list(self._rendered(call))
            self._models.apply(call, self._names)
        except UnreadableError as error:
            yield broken_statement(f"{call.last}: {error}", call.node.lineno)
            return
        comment = self._source.comment_of(call.node)
        for text, line in rendered:
            yield from read_statements(text, line, comment)

    def _separate(self, call: Call) -> Iterator[Statement]:
        for position, keyword in enumerate(("database_operations", "state_operations")):
            inside = call.argument(position, keyword)
            for element in inside.elts if isinstance(inside, ast.List | ast.Tuple) else ():
                found = list(self._operation(element))
                yield from found if keyword == "database_operations" else ()

    def _rendered(self, call: Call) -> Iterator[tuple[str, int]]:
        """The operation as SQL, each text with its line; before the models follow it."""
        line = call.node.lineno
        base = call.last.removesuffix(_CONCURRENTLY)
        is_concurrent = base != call.last
        match base:
            case "RunSQL":
                yield from _sql_texts(call.argument(0, "sql"), self._names)
            case "AddIndex":
                model = self._models.model(self._text(call, 0, "model_name"))
                words = index_words(call.argument(1, "index"), model, self._names)
                yield create_sql(replace(words, is_concurrent=is_concurrent)), line
            case "RemoveIndex":
                name = self._text(call, 1, "name")
                yield drop_sql(None, name, is_concurrent=is_concurrent), line
            case "CreateModel" | "DeleteModel":
                yield from self._tables(call, base)
            case "RenameIndex":
                old = text_of(call.argument(2, "old_name"), self._names)
                if old:
                    new = quote_ident(self._text(call, 1, "new_name"))
                    yield f"ALTER INDEX {quote_ident(old)} RENAME TO {new};", line
            case "RenameModel" | "AlterModelTable":
                yield from self._renamed(call, base)
            case "AlterField":
                yield from self._altered(call)
            case "AddConstraint":
                yield from self._constraint(call)

    def _tables(self, call: Call, operation: str) -> Iterator[tuple[str, int]]:
        name = self._text(call, 0, "name")
        if operation == "DeleteModel":
            yield f"DROP TABLE {quote_ident(self._models.model(name).table)};", call.node.lineno
            return
        coming = AppModels(self._models.app)
        coming.apply(call, self._names)
        model = coming.model(name)
        if model.is_managed:
            yield f"CREATE TABLE {quote_ident(model.table)} ();", call.node.lineno

    def _renamed(self, call: Call, operation: str) -> Iterator[tuple[str, int]]:
        keyword = "old_name" if operation == "RenameModel" else "name"
        name = self._text(call, 0, keyword)
        before = self._models.model(name).table
        coming = AppModels(self._models.app, {name.lower(): Model(before)})
        coming.apply(call, self._names)
        (after,) = (model.table for model in coming.models.values())
        if after != before:
            yield (
                f"ALTER TABLE {quote_ident(before)} RENAME TO {quote_ident(after)};",
                call.node.lineno,
            )

    def _altered(self, call: Call) -> Iterator[tuple[str, int]]:
        """A field that gets db_index is indexed at once, and never concurrently."""
        model = self._models.model(self._text(call, 0, "model_name"))
        name = self._text(call, 1, "name")
        before = model.fields.get(name.lower())
        after = field_of(name, call.argument(2, "field"), self._names)
        if before and after and after.is_indexed and not before.is_indexed:
            words = IndexWords(None, None, model.table, [quote_ident(after.column)])
            yield create_sql(words), call.node.lineno

    def _constraint(self, call: Call) -> Iterator[tuple[str, int]]:
        constraint = call_of(call.argument(1, "constraint"))
        if constraint is None or constraint.last != "UniqueConstraint":
            return
        model = self._models.model(self._text(call, 0, "model_name"))
        fields = texts_of(constraint.argument(None, "fields"), self._names)
        name = text_of(constraint.argument(None, "name"), self._names)
        if fields and name and constraint.argument(None, "condition") is None:
            keys = ", ".join(quote_ident(model.column(field)) for field in fields)
            table = quote_ident(model.table)
            sql = f"ALTER TABLE {table} ADD CONSTRAINT {quote_ident(name)} UNIQUE ({keys});"
            yield sql, call.node.lineno

    def _text(self, call: Call, position: int, keyword: str) -> str:
        found = text_of(call.argument(position, keyword), self._names)
        if not found:
            raise UnreadableError(f"{keyword} is not given")
        return found


def _sql_texts(node: ast.expr | None, names: Names) -> Iterator[tuple[str, int]]:
    """The texts of RunSQL: one, or a list of texts and of (text, parameters)."""
    if node is None:
        return
    if isinstance(node, ast.Name) and node.id in names:
        node = names[node.id]
    if isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            first = element.elts[0] if isinstance(element, ast.Tuple) and element.elts else element
            yield from _sql_texts(first, names)
        return
    if dotted(node) in ("migrations.RunSQL.noop", "RunSQL.noop"):
        return
    text = text_of(node, names)
    if text is None:
        raise UnreadableError("its SQL is not written out")
    yield text if text.rstrip().endswith(";") else f"{text};", _string_line(node)


def _string_line(node: ast.expr) -> int:
    constants = (one for one in ast.walk(node) if isinstance(one, ast.Constant))
    return min((one.lineno for one in constants), default=node.lineno)
