/*
id = "missing-index"
title = "An index would pay"
category = "query"
severity = "warning"
needs = ["index_advice", "queries"]
why = """
The what-if planner chose this index for registered queries and found them cheaper with it, its cost for writes already
subtracted. Where the queries are quick as they are (a small table), or hardly become cheaper, the finding is info: it is
right to ignore until the table grows. Quick is what took less than min_ms when it was executed (--analyze); of a
query that was only planned, what costs less than min_cost. dbaudit apply builds it without blocking writers, measures the gain, and takes it
back if there is none.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes.html",
    "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
]
[options]
min_ms = 10
min_cost = 1000
min_gain = 2
*/
with advice as (
    select a.*,
        replace(regexp_extract(a.ddl, ' ON (ONLY )?(.*)$', 2), ' USING btree', '') as covers,
        max(q.actual_ms) as greatest_ms,
        max(q.cost) as greatest_cost
    from index_advice as a
    left join queries as q on list_contains(a.queries, q.query)
    group by all
),
graded as (
    select *, coalesce(greatest_ms < $min_ms, greatest_cost < $min_cost, false) as is_low_impact
    from advice
)
select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    case
        when len(queries) = 0 then format('an index on {} is missing: {}', covers, reason)
        else format('an index on {} would take {} from a weighted cost of {:.0f} to {:.0f} (at best {} times cheaper) and need {}{}',
            covers,
            array_to_string(queries[1:3], ', ') || if(len(queries) > 3, format(' and {} more', len(queries) - 3), ''),
            cost_before, cost_after, format(if(best_gain < 10, '{:.1f}', '{:.0f}'), best_gain), pretty_bytes(size_bytes),
            case
                when is_low_impact and greatest_ms is not null
                    then format('; low impact: at most {:.2g} ms as it is', greatest_ms)
                when is_low_impact then '; low impact: cheap as it is'
                else ''
            end)
    end as message,
    {'queries': queries, 'cost_before': cost_before, 'cost_after': cost_after, 'best_gain': best_gain,
        'size_bytes': size_bytes, 'method': amname, 'greatest_ms': greatest_ms, 'is_low_impact': is_low_impact,
        'reason': reason} as evidence,
    confidence,
    if(is_low_impact or best_gain < $min_gain, 'info', 'warning') as severity,
    'build it without blocking writers; dbaudit apply does so and measures the gain' as remedy,
    statements as remedy_sql,
    undo_statements as undo_sql
from graded
order by schemaname, tablename, indexname
