"""Django's migrations: the SQL of their operations, as far as it is written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dbaudit.identifiers import quote_ident
from dbaudit.migration_files.arguments import Arguments
from dbaudit.migration_files.django_index import index_words
from dbaudit.migration_files.django_models import AppModels, Model, read_field
from dbaudit.migration_files.django_source import DjangoFile
from dbaudit.migration_files.index_sql import IndexWords, create_sql, drop_sql
from dbaudit.migration_files.migration import Migration, Statement, Tool, parents_first
from dbaudit.migration_files.python_source import (
    Call,
    Names,
    call_of,
    dotted,
    elements,
    first_line,
    text_of,
)
from dbaudit.migration_files.read_statements import broken_statement, read_statements
from dbaudit.workload.token_reader import UnreadableError

_CONCURRENTLY = "Concurrently"


def read_django(files: Sequence[DjangoFile]) -> list[Migration]:
    """The migrations of one app, of which there is at least one, parents before children: later
    ones build on the models of the earlier ones."""
    models = AppModels(files[0].app)
    by_key = {one.key: one for one in sorted(files, key=lambda one: one.key)}
    parents = {key: tuple(one.keys("dependencies")) for key, one in by_key.items()}
    return [
        Migration(
            by_key[key].file,
            Tool.DJANGO,
            tuple(_Operations(by_key[key], models).statements()),
            key,
            parents[key],
        )
        for key in parents_first(parents)
    ]


class _Operations:
    """The operations of one migration; the app's models follow them."""

    def __init__(self, file: DjangoFile, models: AppModels) -> None:
        self._source = file.source
        self._models = models
        self._attributes = file.attributes
        self._names = file.names

    def statements(self) -> Iterator[Statement]:
        atomic = self._attributes.get("atomic")
        is_atomic = not (isinstance(atomic, ast.Constant) and atomic.value is False)
        for element in elements(self._attributes.get("operations")):
            for one in self._operation(element):
                yield replace(one, is_in_transaction=one.is_in_transaction or is_atomic)

    def _operation(self, node: ast.expr) -> Iterator[Statement]:
        call = call_of(node)
        if call is None:
            return
        if call.last == "SeparateDatabaseAndState":
            yield from self._separate(call)
            return
        rendered: list[tuple[str, int]] = []
        try:
            rendered += self._rendered(Arguments(call, self._names))
            self._models.apply(call, self._names)
        except UnreadableError as error:
            yield broken_statement(f"{call.last}: {error}", call.node.lineno)
        comment = self._source.comment_of(call.node)
        for text, line in rendered:
            yield from read_statements(text, line, comment)

    def _separate(self, call: Call) -> Iterator[Statement]:
        for position, keyword in enumerate(("database_operations", "state_operations")):
            for element in elements(call.argument(position, keyword)):
                found = list(self._operation(element))
                yield from found if keyword == "database_operations" else ()

    def _rendered(self, given: Arguments) -> Iterator[tuple[str, int]]:
        """The operation as SQL, each text with its line; before the models follow it."""
        if given.call.last == "RunSQL":
            yield from _sql_texts(given.node(0, "sql"), self._names)
        else:
            yield from ((sql, given.call.node.lineno) for sql in self._statements(given))

    def _statements(self, given: Arguments) -> Iterator[str]:
        name = given.call.last.removesuffix(_CONCURRENTLY)
        is_concurrent = name != given.call.last
        match name:
            case "AddIndex":
                words = index_words(given.node(1, "index"), self._model(given), given.names)
                yield create_sql(replace(words, is_concurrent=is_concurrent))
            case "RemoveIndex":
                yield drop_sql(None, given.needed(1, "name"), is_concurrent=is_concurrent)
            case "RenameIndex":
                if old := given.text(2, "old_name"):
                    new = quote_ident(given.needed(1, "new_name"))
                    yield f"ALTER INDEX {quote_ident(old)} RENAME TO {new};"
            case "CreateModel":
                yield from self._created(given)
            case "DeleteModel":
                table = self._models.model(given.needed(0, "name")).table
                yield f"DROP TABLE {quote_ident(table)};"
            case "RenameModel":
                yield from self._renamed(given, given.needed(0, "old_name"))
            case "AlterModelTable":
                yield from self._renamed(given, given.needed(0, "name"))
            case "AlterField":
                yield from self._altered(given)
            case "AddConstraint":
                yield from self._constraint(given)

    def _model(self, given: Arguments) -> Model:
        return self._models.model(given.needed(0, "model_name"))

    def _created(self, given: Arguments) -> Iterator[str]:
        coming = AppModels(self._models.app)
        coming.apply(given.call, given.names)
        model = coming.model(given.needed(0, "name"))
        if model.is_managed and model.has_own_table:
            yield f"CREATE TABLE {quote_ident(model.table)} ();"

    def _renamed(self, given: Arguments, name: str) -> Iterator[str]:
        before = self._models.model(name).table
        coming = AppModels(self._models.app, {name.lower(): Model(name, before)})
        coming.apply(given.call, given.names)
        (after,) = (model.table for model in coming.models.values())
        if after != before:
            yield f"ALTER TABLE {quote_ident(before)} RENAME TO {quote_ident(after)};"

    def _altered(self, given: Arguments) -> Iterator[str]:
        """A field that gets db_index is indexed at once, and never concurrently."""
        model, name = self._model(given), given.needed(1, "name")
        before = model.fields.get(name.lower())
        after = read_field(name, given.node(2, "field"), given.names)
        if before and after and after.column and after.is_indexed and not before.is_indexed:
            yield create_sql(IndexWords(None, None, model.table, [quote_ident(after.column)]))

    def _constraint(self, given: Arguments) -> Iterator[str]:
        constraint = call_of(given.node(1, "constraint"))
        if constraint is None or constraint.last != "UniqueConstraint":
            return
        model, of_constraint = self._model(given), Arguments(constraint, given.names)
        fields, name = of_constraint.texts(None, "fields"), of_constraint.text(None, "name")
        if fields and name and of_constraint.node(None, "condition") is None:
            keys = ", ".join(quote_ident(model.column(field)) for field in fields)
            table = quote_ident(model.table)
            yield f"ALTER TABLE {table} ADD CONSTRAINT {quote_ident(name)} UNIQUE ({keys});"


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
    yield text if text.rstrip().endswith(";") else f"{text};", first_line(node)
