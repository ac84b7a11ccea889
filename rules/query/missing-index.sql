/*
id = "missing-index"
title = "An index would pay"
category = "query"
severity = "warning"
needs = ["index_advice", "queries"]
why = """
The what-if planner chose this index for registered queries and found them cheaper with it, its cost for writes already
subtracted. Where the queries are cheap as they are (a small table), or hardly become cheaper, the finding is info: it is
right to ignore until the table grows. dbaudit apply builds it without blocking writers, measures the gain, and takes it
back if there is none.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes.html",
    "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
]
[options]
min_cost = 1000
min_gain = 2
*/
with advice as (
    select a.*,
        replace(regexp_extract(a.ddl, ' ON (ONLY )?(.*)$', 2), ' USING btree', '') as covers,
        (select max(q.cost) from queries as q where list_contains(a.queries, q.query)) as greatest_cost
    from index_advice as a
)
select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    case
        when len(queries) = 0 then format('an index on {} is missing: {}', covers, reason)
        else format('an index on {} would take {} from a weighted cost of {:.0f} to {:.0f} (at best {} times cheaper) and need {}',
            covers,
            array_to_string(queries[1:3], ', ') || if(len(queries) > 3, format(' and {} more', len(queries) - 3), ''),
            cost_before, cost_after, format(if(best_gain < 10, '{:.1f}', '{:.0f}'), best_gain), pretty_bytes(size_bytes))
    end as message,
    {'queries': queries, 'cost_before': cost_before, 'cost_after': cost_after, 'best_gain': best_gain,
        'size_bytes': size_bytes, 'method': amname, 'reason': reason} as evidence,
    confidence,
    if(greatest_cost < $min_cost or best_gain < $min_gain, 'info', 'warning') as severity,
    'build it without blocking writers; dbaudit apply does so and measures the gain' as remedy,
    ddl as remedy_sql,
    undo_ddl as undo_sql
from advice
order by schemaname, tablename, indexname
