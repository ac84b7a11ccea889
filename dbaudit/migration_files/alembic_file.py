"""Alembic revisions: the SQL of `upgrade()`, as far as it is written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dbaudit.identifiers import quote_ident
from dbaudit.migration_files.arguments import Arguments
from dbaudit.migration_files.index_sql import IndexWords, create_sql, drop_sql, named
from dbaudit.migration_files.migration import Migration, Statement, Tool
from dbaudit.migration_files.python_source import (
    Call,
    Names,
    Source,
    assigned,
    call_of,
    dotted,
    first_line,
    text_of,
    texts_of,
)
from dbaudit.migration_files.read_statements import broken_statement, read_statements
from dbaudit.workload.token_reader import UnreadableError

#: Operations that change neither indexes nor which tables there are.
_INDEX_OPERATIONS = frozenset(
    "execute create_index drop_index create_table drop_table create_unique_constraint"
    " create_primary_key drop_constraint".split()
)


def is_alembic(source: Source) -> bool:
    """Whether a module is a revision."""
    functions = {n.name for n in source.tree.body if isinstance(n, ast.FunctionDef)}
    return {"revision", "down_revision"} <= source.names.keys() and "upgrade" in functions


def read_alembic(source: Source, file: str) -> Migration:
    """The revision in a module. Raises UnreadableError without a revision of its own."""
    revision = text_of(source.names["revision"], source.names)
    reader = _Reader(source)
    found = tuple(reader.function("upgrade", in_transaction=True))
    return Migration(
        file,
        Tool.ALEMBIC,
        found,
        (str(revision),),
        tuple((parent,) for parent in _parents(source)),
    )


def _parents(source: Source) -> Iterator[str]:
    for name in ("down_revision", "depends_on"):
        yield from texts_of(source.names.get(name), source.names)


@dataclass(frozen=True, slots=True)
class _Batch:
    """`with op.batch_alter_table(…) as name`: the table that its operations are on."""

    table: str
    schema: str | None


@dataclass(slots=True)
class _Reader:
    source: Source
    batches: dict[str, _Batch] = field(default_factory=dict)
    open_functions: list[str] = field(default_factory=list)

    def function(self, name: str, *, in_transaction: bool) -> Iterator[Statement]:
        """The statements of a function of the module, those of functions that it calls included."""
        for node in self.source.tree.body:
            is_meant = isinstance(node, ast.FunctionDef) and node.name == name
            if is_meant and name not in self.open_functions:
                assert isinstance(node, ast.FunctionDef)
                self.open_functions.append(name)
                names = {**self.source.names, **assigned(node.body)}
                yield from self.block(node.body, names, in_transaction=in_transaction)
                self.open_functions.pop()

    def block(
        self, body: list[ast.stmt], names: Names, *, in_transaction: bool
    ) -> Iterator[Statement]:
        for node in body:
            if isinstance(node, ast.With):
                is_outside = any(_is_autocommit(item.context_expr) for item in node.items)
                yield from self._open_batches(node, names)
                inner = in_transaction and not is_outside
                yield from self.block(node.body, names, in_transaction=inner)
            elif isinstance(node, ast.If | ast.For | ast.Try):
                for part in (node.body, node.orelse):
                    yield from self.block(part, names, in_transaction=in_transaction)
            elif isinstance(node, ast.Expr) and (call := call_of(node.value)) is not None:
                yield from self.call(call, names, in_transaction=in_transaction)

    def call(self, call: Call, names: Names, *, in_transaction: bool) -> Iterator[Statement]:
        owner = call.name.rpartition(".")[0]
        if not owner:
            yield from self.function(call.last, in_transaction=in_transaction)
            return
        if (owner != "op" and owner not in self.batches) or call.last not in _INDEX_OPERATIONS:
            return
        try:
            text, first_line = self.sql(call, names, self.batches.get(owner))
        except UnreadableError as error:
            yield broken_statement(f"op.{call.last}: {error}", call.node.lineno)
            return
        comment = self.source.comment_of(call.node)
        yield from read_statements(text, first_line, comment, is_in_transaction=in_transaction)

    def sql(self, call: Call, names: Names, batch: _Batch | None) -> tuple[str, int]:
        """The operation as SQL, and the line on which that begins."""
        if call.last == "execute":
            argument = call.argument(0, "sqltext")
            text = text_of(argument, names)
            if argument is None or text is None:
                raise UnreadableError("its SQL is not written out")
            return text, first_line(argument)
        arguments = _Operation(call, names, batch)
        return _RENDERED[call.last](arguments), call.node.lineno

    def _open_batches(self, node: ast.With, names: Names) -> Iterator[Statement]:
        for item in node.items:
            call = call_of(item.context_expr)
            if call is None or call.last != "batch_alter_table":
                continue
            if isinstance(item.optional_vars, ast.Name):
                try:
                    table = text_of(call.argument(0, "table_name"), names) or ""
                    schema = text_of(call.argument(1, "schema"), names)
                except UnreadableError as error:
                    yield broken_statement(f"batch_alter_table: {error}", node.lineno)
                    continue
                self.batches[item.optional_vars.id] = _Batch(table, schema)


@dataclass(frozen=True, slots=True)
class _Operation(Arguments):
    """An operation; one on a batch goes without the table's name."""

    batch: _Batch | None

    @property
    def schema(self) -> str | None:
        return self.batch.schema if self.batch is not None else self.text(None, "schema")

    def table(self, position: int, keyword: str) -> tuple[str | None, str]:
        if self.batch is not None:
            return self.batch.schema, self.batch.table
        return self.schema, self.needed(position, keyword)

    def after_table(self, position: int) -> int:
        return position - 1 if self.batch is not None else position


def _create_index(given: _Operation) -> str:
    schema, table = given.table(1, "table_name")
    position = given.after_table(2)
    columns = given.call.argument(position, "columns")
    if not isinstance(columns, ast.List | ast.Tuple):
        raise UnreadableError("its columns are not written out")
    classes = given.words("postgresql_ops")
    words = IndexWords(
        name=given.text(0, "index_name"),
        schema=schema,
        table=table,
        keys=[_key(element, given.names, classes) for element in columns.elts],
        method=given.text(None, "postgresql_using"),
        include=given.texts(None, "postgresql_include"),
        where=given.text(None, "postgresql_where"),
        options=list(given.words("postgresql_with").items()),
        is_unique=given.is_true(given.after_table(4), "unique"),
        is_concurrent=given.is_true(None, "postgresql_concurrently"),
        if_not_exists=given.is_true(None, "if_not_exists"),
    )
    return create_sql(words)


def _key(node: ast.expr, names: Names, classes: Mapping[str, str]) -> str:
    """A column's name, or SQL in text(); `.desc()` and `.label()` may be called on it."""
    call = call_of(node)
    if call is not None and call.last in ("desc", "asc") and isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        subject = inner if inner is not None else call.argument(0, "column")
        if subject is None:
            raise UnreadableError("a key is not written out")
        return f"{_key(subject, names, classes)} {call.last.upper()}"
    value = text_of(node, names)
    if not value:
        raise UnreadableError("a key is not written out")
    if call is not None and call.last in ("text", "literal_column"):
        return value
    class_ = f" {classes[value]}" if value in classes else ""
    return quote_ident(value) + class_


def _drop_index(given: _Operation) -> str:
    return drop_sql(
        given.schema,
        given.needed(0, "index_name"),
        is_concurrent=given.is_true(None, "postgresql_concurrently"),
        if_exists=given.is_true(None, "if_exists"),
    )


def _create_table(given: _Operation) -> str:
    return f"CREATE TABLE {named(*given.table(0, 'table_name'))} ();"


def _drop_table(given: _Operation) -> str:
    return f"DROP TABLE {named(*given.table(0, 'table_name'))};"


def _create_unique(given: _Operation) -> str:
    return _constraint(given, "UNIQUE")


def _create_primary(given: _Operation) -> str:
    return _constraint(given, "PRIMARY KEY")


def _constraint(given: _Operation, kind: str) -> str:
    table = named(*given.table(1, "table_name"))
    name = given.text(0, "constraint_name")
    keys = ", ".join(map(quote_ident, given.texts(given.after_table(2), "columns")))
    constraint = f"CONSTRAINT {quote_ident(name)} " if name else ""
    return f"ALTER TABLE {table} ADD {constraint}{kind} ({keys});"


def _drop_constraint(given: _Operation) -> str:
    table = named(*given.table(1, "table_name"))
    name = quote_ident(given.needed(0, "constraint_name"))
    return f"ALTER TABLE {table} DROP CONSTRAINT {name};"


_RENDERED = {
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_table": _create_table,
    "drop_table": _drop_table,
    "create_unique_constraint": _create_unique,
    "create_primary_key": _create_primary,
    "drop_constraint": _drop_constraint,
}


def _is_autocommit(node: ast.expr) -> bool:
    return (dotted(node) or "").endswith("autocommit_block()")
