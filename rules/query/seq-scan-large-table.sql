/*
id = "seq-scan-large-table"
title = "Query reads a whole large table for few of its rows"
category = "query"
severity = "warning"
needs = ["plan_nodes", "tables"]
why = """
A sequential scan that throws nearly all rows away reads, caches and filters the table for little, and it becomes slower
with every row that is added. Not reported: scans that need most of the rows, scans that a LIMIT ends early, and
queries for which missing-index proposes an index. It is right to ignore for a report that runs once a night.
"""
references = [
    "https://www.postgresql.org/docs/current/using-explain.html",
    "https://www.postgresql.org/docs/current/indexes-intro.html",
]
[options]
min_rows = 10000
min_size_bytes = 8000000
max_kept_share = 0.1
*/
with scans as (
    select n.*, t.heap_size_bytes,
        coalesce(p.parent_schemaname, n.schemaname) as owner_schema,
        coalesce(p.parent_tablename, n.relation_name) as tablename,
        -- Expected rows are of one process of a parallel scan (get_parallel_divisor in costsize.c).
        case when n.is_parallel_aware then w.workers + greatest(0, 1 - 0.3 * w.workers) else 1 end as processes,
        coalesce(n.total_rows / nullif(n.rows_read, 0),
            least(n.plan_rows * processes / nullif(t.reltuples, 0), 1)) as kept_share
    from plan_nodes as n
    join tables as t on t.schemaname = n.schemaname and t.tablename = n.relation_name
    left join partitions as p on p.schemaname = n.schemaname and p.tablename = n.relation_name
    left join (
        select query, variant, max(workers_planned) as workers from plan_nodes group by query, variant
    ) as w on w.query = n.query and w.variant = n.variant
    where n.node_type = 'Seq Scan' and n.filter is not null
),
by_table as (
    select query, variant, owner_schema, tablename,
        sum(rows_read) as read,
        sum(rows_read * kept_share) as kept,
        sum(heap_size_bytes) as size_bytes,
        sum(self_ms) as scan_ms,
        arg_max(filter, rows_read) as filter
    from scans
    group by all
    having read >= $min_rows and size_bytes >= $min_size_bytes and kept <= read * $max_kept_share
)
select
    'query' as object_kind,
    query as name,
    qualified(owner_schema, tablename) as key,
    format('{} reads {} rows of {} ({}) to keep {}{}', query, pretty_count(read), tablename,
        pretty_bytes(size_bytes), pretty_count(kept),
        if(scan_ms is null, ' (expected)', format(', in {:.1f} ms', scan_ms))) as message,
    {'table': qualified(owner_schema, tablename), 'rows_read': round(read), 'rows_kept': round(kept),
        'size_bytes': size_bytes, 'filter': filter, 'variant': variant} as evidence,
    if(scan_ms is null, 'likely', 'certain') as confidence,
    'see with dbaudit advise whether an index pays; if none does, rewrite the condition so that one can serve it, '
        || 'or partition the table' as remedy
from by_table
where not exists (
    from index_advice as a
    where list_contains(a.queries, by_table.query) and a.schemaname = owner_schema and a.tablename = by_table.tablename
)
qualify row_number() over (partition by query, owner_schema, tablename order by read - kept desc) = 1
order by query, key
