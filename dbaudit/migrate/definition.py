"""All that makes an index what it is, so that a dropped one can be built again just so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dbaudit.errors import QueryError
from dbaudit.identifiers import qualified, quote_ident, quote_literal
from dbaudit.migrate.build.build import build, drop_invalid
from dbaudit.migrate.catalog import IndexFacts, find_index
from dbaudit.migrate.ddl import parse_create
from dbaudit.migrate.events import OnEvent
from dbaudit.migrate.options import ApplyOptions
from dbaudit.targets.writer import Writer


@dataclass(frozen=True, slots=True)
class Definition:
    """`definition` is pg_get_indexdef's text, which tells all but what the other fields hold.

    An index has its table's owner, and neither privileges nor a security label of its own.
    """

    definition: str
    tablespace: str | None = None
    comment: str | None = None
    is_clustered: bool = False
    statistics: tuple[tuple[int, int], ...] = ()
    extensions: tuple[str, ...] = ()

    def as_detail(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return asdict(self)


def definition_of(facts: IndexFacts) -> Definition:
    """The definition of an index that is there."""
    return Definition(
        facts.definition or "",
        facts.tablespace,
        facts.comment,
        facts.is_clustered,
        facts.statistics,
        tuple(facts.extensions),
    )


def from_detail(detail: Mapping[str, Any]) -> Definition:
    """The definition that `as_detail` gave."""
    pairs = tuple((int(column), int(target)) for column, target in detail["statistics"])
    return Definition(
        str(detail["definition"]),
        detail["tablespace"],
        detail["comment"],
        bool(detail["is_clustered"]),
        pairs,
        tuple(str(name) for name in detail.get("extensions", ())),
    )


def restore(
    writer: Writer, definition: Definition, options: ApplyOptions, on_event: OnEvent
) -> bool:
    """Build the index as it was, concurrently; False when it is there already.

    Raises QueryError when it cannot be built, or another one has its name; UsageError when the
    ledger's text is no CREATE INDEX.
    """
    create = parse_create(definition.definition)
    schema = create.schema or "public"
    drop_invalid(writer, schema, create.name, options, on_event)
    existing = find_index(writer.session, schema, create.name)
    if existing is not None and existing.definition != definition.definition:
        raise QueryError(
            f"{qualified(schema, create.name)} is not the index that was dropped: "
            f"{existing.definition or 'not an index'}; it was left alone"
        )
    if existing is None:
        # pg_get_indexdef does not tell the tablespace, and default_tablespace is where it goes.
        writer.set("default_tablespace", definition.tablespace or "")
        try:
            build(writer, schema, create, options, on_event)
        finally:
            writer.set("default_tablespace", "")
    for statement in _attributes(definition, schema, create.table, create.name):
        writer.execute(statement)
    if definition.statistics:  # the build analyzed, but with the default target
        writer.execute(f"ANALYZE {qualified(schema, create.table)}")
    return existing is None


def _attributes(definition: Definition, schema: str, table: str, name: str) -> list[str]:
    index = qualified(schema, name)
    statements = [
        f"ALTER INDEX {index} ALTER COLUMN {column} SET STATISTICS {target}"
        for column, target in definition.statistics
    ]
    statements += [
        f"ALTER INDEX {index} DEPENDS ON EXTENSION {quote_ident(extension)}"
        for extension in definition.extensions
    ]
    if definition.comment is not None:
        statements.append(f"COMMENT ON INDEX {index} IS {quote_literal(definition.comment)}")
    if definition.is_clustered:
        statements.append(f"ALTER TABLE {qualified(schema, table)} CLUSTER ON {quote_ident(name)}")
    return statements
