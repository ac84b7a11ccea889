/*
id = "filtered-vector-search"
title = "Nearest neighbours are filtered after the index has chosen them"
category = "plan"
severity = "warning"
needs = ["plan_nodes", "queries", "indexes"]
why = """
An HNSW or IVFFlat index (pgvector) looks at some tens of candidates, whatever the query's other conditions are, and rows
that fail these are dropped afterwards: a query can come back with fewer rows than its LIMIT, or with none, and no error
says so. Times look splendid meanwhile. hnsw.iterative_scan (pgvector 0.8) searches on until the LIMIT is met; where a
condition leaves some ten thousand rows, an exact search over an ordinary index is fast enough. It is right to ignore
where the condition keeps nearly all rows.
"""
references = [
    "https://github.com/pgvector/pgvector#filtering",
    "https://github.com/pgvector/pgvector#iterative-index-scans",
]
*/
with recursive searches as (
    select n.query, n.variant, n.node_id, n.parent_id, n.index_name, n.relation_name, n.schemaname, n.filter, i.amname,
        n.total_rows
    from plan_nodes as n
    join indexes as i on i.indexname = n.index_name and i.schemaname = n.schemaname
    where i.amname in ('hnsw', 'ivfflat') and n.filter is not null
),
above as (
    select s.*, s.parent_id as above_id from searches as s
    union all
    select a.* exclude (above_id), n.parent_id as above_id
    from above as a
    join plan_nodes as n on n.query = a.query and n.variant = a.variant and n.node_id = a.above_id
    where n.node_type <> 'Limit'
),
limited as (
    select a.*, l.plan_rows as asked, l.total_rows as came
    from above as a
    join plan_nodes as l on l.query = a.query and l.variant = a.variant and l.node_id = a.above_id
    where l.node_type = 'Limit' and coalesce(l.total_rows, 0) < l.plan_rows
)
select
    'query' as object_kind,
    query as name,
    index_name as key,
    format('{} lets {} choose by distance alone and drops what fails {} afterwards: {}', query, index_name, filter,
        if(came is null, 'fewer rows than its LIMIT may come back',
            format('{} of {} rows came back', pretty_count(came), pretty_count(asked)))) as message,
    {'index': index_name, 'filter': filter, 'rows_asked': asked, 'rows_returned': came} as evidence,
    if(came is null, 'likely', 'certain') as confidence,
    case amname
        when 'hnsw' then 'SET hnsw.iterative_scan = ''relaxed_order'' for the query, '
        else 'SET ivfflat.iterative_scan = ''relaxed_order'' for the query, '
    end || 'or a partial index or partition for each value, or an exact search over an index on the condition' as remedy
from limited
qualify row_number() over (partition by query, index_name order by came nulls last) = 1
order by query, index_name
