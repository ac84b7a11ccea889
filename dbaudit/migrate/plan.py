"""What `apply` takes, checked: a plan file of `advise`, or one migration in SQL.

Each statement in it must be one CREATE INDEX or one DROP INDEX that says what the file says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dbaudit.advise.advice import AdvisedDrop, AdvisedIndex
from dbaudit.advise.plan_file import Plan, parse_plan, read_plan_file
from dbaudit.errors import UsageError
from dbaudit.identifiers import MAX_IDENTIFIER_BYTES, qualified
from dbaudit.index_definition import BTREE
from dbaudit.migrate.build.attached import FoundIndex, whole_indexes
from dbaudit.migrate.ddl import (
    Attach,
    drop_sql,
    parse_create,
    parse_drop,
    read_attach,
    read_create,
    read_drop,
    split,
)
from dbaudit.workload.lexer import Token

#: Settings that a migration may change: they are its session's, and apply sets its own.
_TIMEOUTS = frozenset({"lock_timeout", "statement_timeout"})


def read_plan(path: Path) -> Plan:
    """The plan in a file: JSON of `advise`, or SQL where the name ends in .sql.

    Raises UsageError naming the file, the place, and what was expected.
    """
    if path.suffix.lower() == ".sql":
        return _read_migration(path)
    return checked(read_plan_file(path))


def plan_of(document: object, origin: str) -> Plan:
    """The plan in a document of `advise`, checked; `origin` names it in errors (UsageError)."""
    return checked(parse_plan(document, origin))


def checked(plan: Plan) -> Plan:
    """The plan, with every statement found to be what the plan says of it; else UsageError."""
    seen: set[tuple[str, str]] = set()
    for number, index in enumerate(plan.indexes):
        with _place(plan.origin, f"/indexes/{number}"):
            _check_index(index)
            _check_new(seen, index.schema, index.name)
    drops = []
    for number, drop in enumerate(plan.drops):
        with _place(plan.origin, f"/drops/{number}"):
            drops.append(_checked_drop(drop))
            _check_new(seen, drops[-1].schema, drops[-1].name)
    return replace(plan, drops=tuple(drops))


def _check_index(index: AdvisedIndex) -> None:
    with _key("ddl"):
        create = parse_create(index.ddl)
        _check_agrees("name", index.name, create.name)
        _check_agrees("table", index.table, create.table)
        _check_agrees("schema", index.schema, create.schema or index.schema)
    with _key("name"):
        _check_length(index.name)
    with _key("undo_ddl"):
        undo = parse_drop(index.undo_ddl)
        _check_agrees("name", index.name, undo.name)
        _check_agrees("schema", index.schema, undo.schema or index.schema)


def _checked_drop(drop: AdvisedDrop) -> AdvisedDrop:
    """The drop with its schema, which the contract's form has in the statement alone."""
    with _key("ddl"):
        found = parse_drop(drop.ddl)
        _check_agrees("name", drop.name, found.name)
        schema = drop.schema or found.schema
        if schema is None:
            raise UsageError(f"does not say in which schema {drop.name!r} is; write schema.name")
        _check_agrees("schema", schema, found.schema or schema)
    if drop.undo_ddl:
        with _key("undo_ddl"):
            _check_agrees("name", drop.name, parse_create(drop.undo_ddl).name)
    return replace(drop, schema=schema)


def _read_migration(path: Path) -> Plan:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8 text") from None
    with _place(str(path), "the migration"):
        found = split(text)
    indexes: list[FoundIndex] = []
    attached: list[Attach] = []
    drops: list[AdvisedDrop] = []
    for tokens in found:
        line = text.count("\n", 0, tokens[0].start) + 1
        with _place(f"{path}:{line}", "not a statement that apply runs"):
            words = [token.word for token in tokens[:2]]
            if words[0] == "create":
                indexes.append(_index(tokens))
            elif words[0] == "drop":
                drops.append(_drop(tokens))
            elif words[0] == "alter":
                attached.append(read_attach(tokens))
            elif words[0] not in {"set", "reset"} or words[-1] not in _TIMEOUTS:
                raise UsageError(f"expected CREATE INDEX or DROP INDEX at {tokens[0].text[:40]!r}")
    if not indexes and not drops:
        raise UsageError(f"{path}: holds neither CREATE INDEX nor DROP INDEX")
    with _place(str(path), "the migration"):
        whole = whole_indexes(indexes, attached)
    return checked(Plan(whole, tuple(drops), (), str(path)))


def _index(tokens: Sequence[Token]) -> FoundIndex:
    create = read_create(tokens)
    if create.schema is None:
        raise UsageError(f"does not say in which schema {create.table!r} is; write schema.table")
    words = create.tail.split(maxsplit=2)
    index = AdvisedIndex(
        name=create.name,
        schema=create.schema,
        table=create.table,
        method=words[1].lower() if words[0].lower() == "using" else BTREE,
        ddl=create.sql(create.schema),
        undo_ddl=drop_sql(create.schema, create.name),
        size_bytes=0,
        confidence="",
        serves=(),
    )
    return FoundIndex(index, create.only)


def _drop(tokens: Sequence[Token]) -> AdvisedDrop:
    drop = read_drop(tokens)
    if drop.schema is None:
        raise UsageError(f"does not say in which schema {drop.name!r} is; write schema.name")
    return AdvisedDrop(
        name=drop.name,
        schema=drop.schema,
        table="",
        ddl=drop_sql(drop.schema, drop.name),
        undo_ddl="",
        size_bytes=0,
        reason="",
    )


def _check_agrees(what: str, expected: str, found: str) -> None:
    if expected != found:
        raise UsageError(f"has the {what} {found!r}, but the plan says {expected!r}")


def _check_new(seen: set[tuple[str, str]], schema: str, name: str) -> None:
    if (schema, name) in seen:
        raise UsageError(f"{qualified(schema, name)} is in the plan twice")
    seen.add((schema, name))


def _check_length(name: str) -> None:
    if len(name.encode()) > MAX_IDENTIFIER_BYTES:
        raise UsageError(
            f"{name!r} has more than {MAX_IDENTIFIER_BYTES} bytes; PostgreSQL would cut it"
        )


@contextmanager
def _place(origin: str, pointer: str) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{origin}: {pointer}: {error}") from None


@contextmanager
def _key(key: str) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{key}: {error}") from None
