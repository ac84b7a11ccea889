/*
id = "json-arrow-mismatch"
title = "Index and query take the jsonb key with different arrows"
category = "query"
severity = "info"
needs = ["indexes", "index_columns", "query_predicates"]
why = """
column->>'key' is a text and column->'key' a jsonb: two expressions, and an index serves the one that it was built on, not
the other, in conditions, grouping and order alike. Code that builds its queries often writes one where people think of
the other. It is harmless, and right to ignore, where other queries use the index as it is.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-expressional.html",
    "https://www.postgresql.org/docs/current/functions-json.html",
]
*/
with keys as (
    select i.*, k.expression, bare_sql(k.expression) as bare
    from indexes as i
    join index_columns as k on k.index_oid = i.oid and k.is_key and k.expression is not null
    where i.indisvalid and i.parent_oid is null and i.amname in ('btree', 'hash') and contains(k.expression, '->')
),
mismatched as (
    select k.schemaname, k.tablename, k.indexname, k.expression, k.definition, k.size_bytes, p.query,
        p.expression as asked
    from keys as k
    join query_predicates as p on p.schemaname = k.schemaname and p.tablename = k.tablename
    where contains(p.expression, '->')
        and bare_sql(p.expression) <> k.bare
        and replace(bare_sql(p.expression), '->>', '->') = replace(k.bare, '->>', '->')
        and not exists (
            from query_predicates as o
            where o.query = p.query and o.tablename = p.tablename and bare_sql(o.expression) = k.bare
        )
)
select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} ({}) cannot serve {}: it is on {}, the query has {}', indexname, pretty_bytes(any_value(size_bytes)),
        array_to_string(list(distinct query order by query)[1:3], ', '), any_value(expression), min(asked)) as message,
    {'queries': list(distinct query order by query), 'definition': any_value(definition)} as evidence,
    'certain' as confidence,
    format('write {} in the query, or index ({}); drop it when no other query uses it', any_value(expression), min(asked))
        as remedy
from mismatched
group by schemaname, tablename, indexname
order by schemaname, tablename, indexname
