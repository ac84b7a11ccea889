"""Names of database objects: quoting as PostgreSQL does it, and the 63-byte limit."""

from __future__ import annotations

import hashlib
import re

#: NAMEDATALEN - 1 in PostgreSQL's src/include/pg_config_manual.h: longer names are cut silently.
MAX_IDENTIFIER_BYTES = 63

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def quote_ident(name: str) -> str:
    """The name as an SQL identifier, always in double quotes unless it is a plain lower-case word.

    A plain word that is a reserved keyword is quoted too (`KEYWORDS`), as PostgreSQL's own
    quote_identifier() does (src/backend/utils/adt/ruleutils.c).
    """
    if _PLAIN.match(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def unquoted(name: str) -> str:
    """The identifier that a name in SQL means: as it stands in its quotes, else folded."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def qualified(schema: str, name: str) -> str:
    """`schema.name`, each part quoted where it must be."""
    return f"{quote_ident(schema)}.{quote_ident(name)}"


def quote_literal(value: str) -> str:
    """The value as an SQL literal; with backslashes an E'' string, as quote_literal() does."""
    body = value.replace("'", "''")
    if "\\" in body:
        return " E'" + body.replace("\\", "\\\\") + "'"
    return f"'{body}'"


def fit_identifier(name: str) -> str:
    """The name itself, or, past 63 bytes, its beginning and eight hex digits of its hash.

    PostgreSQL would cut the end off silently, so that two long names could become one.
    """
    raw = name.encode()
    if len(raw) <= MAX_IDENTIFIER_BYTES:
        return name
    digest = hashlib.sha256(raw).hexdigest()[:8]
    head = raw[: MAX_IDENTIFIER_BYTES - 9].decode(errors="ignore")
    return f"{head}_{digest}"


#: Reserved words and those that cannot be a column or type name: every keyword of PostgreSQL 18's
#: src/include/parser/kwlist.h that is not UNRESERVED_KEYWORD.
KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join json
    json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some substring
    symmetric system_user table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
    xmltable
    """.split()
)
