/*
id = "index-not-chosen"
title = "Index could serve a query, but its condition lets too many rows pass"
category = "query"
severity = "info"
needs = ["indexes", "index_columns", "plan_nodes", "queries", "query_predicates", "tables", "constraints"]
why = """
An index pays where a condition leaves few rows. With the values that the queries really use this one leaves so many that
the planner rightly reads the table another way; no registered query uses the index, and every write maintains it. It is
right to ignore where other values, or queries that are not registered, use it.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-examine.html",
    "https://www.postgresql.org/docs/current/indexes-partial.html",
]
[options]
min_rows = 10000
min_share = 0.1
*/
with unused as (
    select i.*, k.attname
    from indexes as i
    join index_columns as k on k.index_oid = i.oid and k.position = 1
    join tables as t on t.oid = i.table_oid and t.reltuples >= $min_rows
    where i.indisvalid and i.amname = 'btree' and not i.indisunique and i.predicate is null and i.parent_oid is null
        and not exists (
            from plan_nodes as n
            join indexes as u on u.indexname = n.index_name
            where u.oid = i.oid or u.parent_oid = i.oid
        )
        and not exists (
            from constraints as c
            where c.contype = 'f' and c.schemaname = i.schemaname and c.tablename = i.tablename
                and list_contains(c.columns, k.attname)
        )
),
asked as (
    select u.schemaname, u.tablename, u.indexname, u.attname, u.size_bytes, p.query, p.selectivity, p.value_kind,
        p.expression || ' ' || written_operator(p.operator) || coalesce(' ' || p.value, '') as condition
    from unused as u
    join query_predicates as p using (schemaname, tablename, attname)
    join queries as q on q.query = p.query and q.error is null
    where p.clause = 'where' and p.is_sargable
)
select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} ({}) is chosen for no query: {:.0f} % of the rows of {} satisfy {} ({})', indexname,
        pretty_bytes(any_value(size_bytes)), 100 * min(selectivity), tablename, arg_min(condition, selectivity),
        array_to_string(list(distinct query order by query)[1:3], ', ')
            || if(count(distinct query) > 3, ' and others', '')) as message,
    {'queries': list(distinct query order by query), 'least_share': round(min(selectivity), 3),
        'greatest_share': round(max(selectivity), 3), 'size_bytes': any_value(size_bytes)} as evidence,
    'likely' as confidence,
    'make it a partial index by the condition that does select (WHERE …), or drop it if no other query needs it' as remedy
from asked
group by schemaname, tablename, indexname
having min(selectivity) >= $min_share and count(*) = count(selectivity)
order by schemaname, tablename, indexname
