/*
id = "total-counted-with-page"
title = "Each page counts all rows"
category = "query"
severity = "warning"
needs = ["queries", "plan_nodes"]
why = """
count(*) OVER () beside a LIMIT is the number of all rows that the query finds, so the server reads all of them for every
page, and sorts them: no index helps, and keyset pagination alone does not either. A page without the count reads only its
own rows. Ask for the total once, keep it in a counter or cache, or show that there are more. Not reported for few rows;
it is right to ignore where the total must be true on every page.
"""
references = [
    "https://www.postgresql.org/docs/current/functions-window.html",
    "https://use-the-index-luke.com/no-offset",
]
[options]
min_rows = 1000
*/
with recursive above as (
    -- What it counts is what comes from below; LIMIT stops it before it has given all of that on.
    select w.query, w.variant, w.parent_id, coalesce(i.total_rows, i.plan_rows) as rows
    from plan_nodes as w
    join plan_nodes as i on i.query = w.query and i.variant = w.variant and i.parent_id = w.node_id
    where w.node_type = 'WindowAgg'
    union all
    select a.query, a.variant, n.parent_id, a.rows
    from above as a
    join plan_nodes as n on n.query = a.query and n.variant = a.variant and n.node_id = a.parent_id
    where n.node_type <> 'Limit'
),
limited as (
    select a.query, max(a.rows) as counted
    from above as a
    join plan_nodes as l on l.query = a.query and l.variant = a.variant and l.node_id = a.parent_id
    where l.node_type = 'Limit' and l.plan_rows < a.rows
    group by a.query
)
select
    'query' as object_kind,
    l.query as name,
    format('{} counts {} rows for each page (count(*) OVER ()): no index can spare it that', l.query,
        pretty_count(l.counted)) as message,
    {'rows_counted': round(l.counted)} as evidence,
    'certain' as confidence,
    'take the count out of the page''s query: ask for it once, cache it, or keep a counter; '
        'then an index on the page''s order serves the page' as remedy
from limited as l
join queries as q on q.query = l.query
where l.counted >= $min_rows
    and regexp_matches(q.sql, '\bcount\s*\(\s*[*1]\s*\)\s*over\s*\(\s*\)', 'i')
order by l.query
