"""The elements that GIN keeps of a value, as SQL, by operator class.

Those of PostgreSQL's extraction functions: ginarrayextract (ginarrayproc.c), gin_extract_tsvector
(tsginidx.c), gin_extract_jsonb and gin_extract_jsonb_path (jsonb_gin.c), gin_extract_value_trgm
(trgm_gin.c). What has none is NULL: such rows share a single entry.
"""

from __future__ import annotations

from dataclasses import dataclass

_TRIGRAMS = "gin_trgm_ops"
_JSONB_OID = 3802  # pg_type.dat
TSVECTOR_OID = 3614

#: The keys and values of a document with their path, arrays passed over.
_NODES = """
    with recursive node (path, key, value) as (
        select ''::text, null::text, {value}
        union all
        select node.path || coalesce('/' || child.key, ''), child.key, child.value
        from node
        cross join lateral (
            select * from jsonb_each(
                case jsonb_typeof(node.value) when 'object' then node.value else '{}' end)
            union all
            select null, item from jsonb_array_elements(
                case jsonb_typeof(node.value) when 'array' then node.value else '[]' end) as item
        ) as child
    )
"""
#: JGIN_MAXLENGTH of jsonb.h: what is longer is hashed to eight digits.
_JSONB = f"""{_NODES}
    select case when octet_length(text) > 125 then left(md5(text), 8) || ' ' else text end
    from (
        select 'k' || key as text from node where key is not null
        union
        select 'v' || (value #>> '{{}}') from node
        where jsonb_typeof(value) not in ('object', 'array')
    ) as items
"""
_JSONB_PATHS = f"""{_NODES}
    select distinct path || '=' || (value #>> '{{}}') from node
    where jsonb_typeof(value) not in ('object', 'array')
"""


@dataclass(frozen=True, slots=True)
class Elements:
    """`sql` selects a value's distinct elements, the value standing as `{value}`.

    `are_hashed` when the index keeps a number of four bytes in place of each.
    """

    sql: str
    are_hashed: bool = False

    def of(self, value: str) -> str:
        """The statement for a column."""
        return self.sql.replace("{value}", value)


@dataclass(frozen=True, slots=True)
class ValueType:
    """A type by its OID, and whether it is an array."""

    oid: int
    is_array: bool


def gin_elements(operator_class: str | None, value_type: ValueType) -> Elements | None:
    """The elements of a key; None for an operator class that is not known.

    `operator_class` is SQL as in CREATE INDEX, None for the type's default.
    """
    name = operator_class or ""
    if name.endswith(_TRIGRAMS):  # the function is in the schema of its operator class
        return Elements(f"select unnest({name[: -len(_TRIGRAMS)]}show_trgm({{value}}))", True)
    if name.endswith("jsonb_path_ops"):
        return Elements(_JSONB_PATHS, True)
    if value_type.oid == _JSONB_OID:
        return Elements(_JSONB)
    if value_type.oid == TSVECTOR_OID:
        return Elements("select unnest(tsvector_to_array({value}))")
    if value_type.is_array:
        return Elements("select distinct unnest({value})")
    return None if name else Elements("select {value}")  # a scalar, by btree_gin
