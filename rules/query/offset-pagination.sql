/*
id = "offset-pagination"
title = "OFFSET reads what it skips"
category = "query"
severity = "warning"
needs = ["queries", "query_predicates", "plan_nodes"]
why = """
OFFSET makes the server read and throw away every row before the page: the deeper the page, the slower, and rows that
come or go between two pages are shown twice or never. Keyset pagination (WHERE (created_at, id) < (the last row's))
reads only the page. A query whose offset is small today, over many rows, is told as info. It is right to ignore where
people never go beyond the first pages.
"""
references = [
    "https://www.postgresql.org/docs/current/queries-limit.html",
    "https://use-the-index-luke.com/no-offset",
]
[options]
min_offset = 1000
min_rows = 10000
*/
with asked as (
    select o.query, o.value, o.value_kind, try_cast(trim(o.value, '''') as double) as given,
        list(s.expression || if(s.is_descending, ' DESC', '') order by s.position) as sort_keys
    from query_predicates as o
    join query_predicates as s on s.query = o.query and s.clause = 'order'
    where o.clause = 'offset' and o.value_kind in ('constant', 'parameter')
    group by all
),
-- adjust_limit_rows_costs (PostgreSQL's pathnode.c) adds the skipped share of the input's cost to the start.
planned as (
    select l.query, max(i.plan_rows) as input_rows,
        max(if(i.total_cost > i.startup_cost,
            (l.startup_cost - i.startup_cost) / (i.total_cost - i.startup_cost) * i.plan_rows, 0)) as skipped
    from plan_nodes as l
    join plan_nodes as i on i.query = l.query and i.variant = l.variant and i.parent_id = l.node_id
    where l.node_type = 'Limit' and l.variant <> 'generic'
    group by l.query
),
judged as (
    select *, coalesce(given, skipped, 0) as offset_rows
    from asked
    left join planned using (query)
)
select
    'query' as object_kind,
    query as name,
    case
        when offset_rows >= $min_offset
            then format('{} reads and throws away {} rows before its page (OFFSET)', query, pretty_count(offset_rows))
        else format('{} pages by OFFSET over {} rows: page by page it reads and throws away more',
            query, pretty_count(input_rows))
    end as message,
    {'offset': value, 'rows_skipped': round(offset_rows), 'rows_in_order': input_rows, 'sort_keys': sort_keys} as evidence,
    if(offset_rows >= $min_offset, 'certain', 'possible') as confidence,
    if(offset_rows >= $min_offset, 'warning', 'info') as severity,
    format('page by key: remember the last row''s {} and ask for what comes after it; '
        'the sort keys must be unique together, so end them with the primary key',
        array_to_string(sort_keys, ', ')) as remedy
from judged
where offset_rows >= $min_offset or (value_kind = 'parameter' and input_rows >= $min_rows)
order by query
