/*
id = "index-lures-planner"
title = "Index is read in order past rows that do not match"
category = "index"
severity = "warning"
needs = ["plan_nodes", "indexes", "index_columns", "tables"]
why = """
For ORDER BY and LIMIT the planner likes an index that gives the order: it expects to meet enough matching rows soon. Where
they are rarer than it thinks, or all at the other end, it reads the index and the table to the end, which an index on
the condition would not. So an index can make a query slower than it was without it. Known only for queries that were
executed (--analyze). It is right to ignore where such values are rare and the index makes the common ones fast.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-ordering.html",
    "https://www.postgresql.org/docs/current/row-estimation-examples.html",
]
[options]
min_rows = 10000
min_factor = 5
*/
with lured as (
    select n.query, n.index_name, n.filter, n.rows_read, n.total_rows, n.total_ms, u.total_ms as limit_ms,
        t.oid as table_oid, t.reltuples * least(u.plan_rows / greatest(n.plan_rows, 1), 1) as expected
    from plan_nodes as n
    join plan_nodes as p on p.query = n.query and p.variant = n.variant and p.node_id = n.parent_id
    left join plan_nodes as g on g.query = p.query and g.variant = p.variant and g.node_id = p.parent_id
        and p.node_type in ('Gather Merge', 'Result')
    join plan_nodes as u on u.query = n.query and u.variant = n.variant and u.node_type = 'Limit'
        and u.node_id = coalesce(g.node_id, p.node_id)
    join tables as t on t.schemaname = n.schemaname and t.tablename = n.relation_name
    where n.node_type in ('Index Scan', 'Index Only Scan') and n.index_cond is null and n.filter is not null
        and n.total_ms is not null and u.plan_rows < n.plan_rows
        and n.rows_read >= greatest($min_rows, $min_factor * expected)
),
-- Another index whose first key stands in the condition.
better as (
    select l.query, l.index_name, min(i.indexname) as indexname
    from lured as l
    join indexes as i on i.table_oid = l.table_oid and i.indisvalid and i.indexname <> l.index_name
    join index_columns as k on k.index_oid = i.oid and k.position = 1
    where mentions(l.filter, k.attname) or contains(bare_sql(l.filter), bare_sql(k.expression))
    group by all
),
told as (
    select l.*, i.schemaname, i.tablename, i.size_bytes, i.relkind, i.definition, b.indexname as better,
        array_to_string(i.key_columns, ', ') as keys,
        (select list(distinct n.query order by n.query) from plan_nodes as n
            where n.index_name = l.index_name and n.query not in (select query from lured)) as others,
        i.indisunique or i.indisexclusion or i.conname is not null or i.is_fk_target or i.indisreplident as is_needed
    from lured as l
    join indexes as i on i.indexname = l.index_name and i.table_oid = l.table_oid
    left join better as b on b.query = l.query and b.index_name = l.index_name
)
select
    'index' as object_kind, schemaname as schema, tablename as "table", index_name as name, query as key,
    format('{} reads {} rows through {} in its order to keep {}, in {:.1f} ms; the planner expected to stop after {}',
        query, pretty_count(rows_read), index_name, pretty_count(total_rows), limit_ms, pretty_count(expected)) as message,
    {'query': query, 'rows_read': round(rows_read), 'expected_rows_read': round(expected), 'rows_kept': round(total_rows),
        'ms': round(limit_ms, 1), 'condition': filter, 'other_queries': coalesce(others, []), 'size_bytes': size_bytes}
        as evidence,
    'likely' as confidence,
    case
        when better is null then format('build an index on the condition''s columns, followed by {}', keys)
        when is_needed or others is not null
            then format('{} serves the condition: find the rows in a WITH … AS MATERIALIZED, and sort and limit them '
                'outside, where {} is out of reach', better, index_name)
        else format('{} serves the condition and no other registered query uses {}: drop it', better, index_name)
    end as remedy,
    if(better is not null and not is_needed and others is null and relkind = 'i',
        'DROP INDEX CONCURRENTLY ' || qualified(schemaname, index_name), null) as remedy_sql,
    if(better is not null and not is_needed and others is null and relkind = 'i',
        built_concurrently(definition), null) as undo_sql
from told
qualify row_number() over (partition by schemaname, index_name, query order by rows_read desc) = 1
order by schemaname, tablename, index_name, query
