/*
id = "retention-without-index"
title = "Old rows are deleted by a time that no index begins with"
category = "query"
severity = "warning"
needs = ["queries", "query_predicates", "plan_nodes", "tables", "columns", "indexes"]
why = """
A job that deletes what is older than some time reads the whole table each time it runs, and one that deletes in small
batches reads it once a batch. With an index on the time each batch reads what it deletes; partitions by time can be
dropped at no cost at all. Reported are DELETEs, registered or really sent, with an upper bound of a date or timestamp, on
tables of some size that their plan reads in full, where no valid index serves the bound (keys before it compared by =
count as serving) and the advice proposes none for the statement, which missing-index tells. Where the advisor leaves such an
index out, since the writes would lose more by it, that is said and it is information; where no index would help, nothing.
It is right to ignore where one run deletes most of the table.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-partitioning.html",
    "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
]
[options]
min_rows = 10000
*/
with bounds as (
    select distinct p.query, p.schemaname, p.tablename, p.attname, t.reltuples
    from query_predicates as p
    join queries as q on q.query = p.query and q.kind = 'delete'
    join tables as t on t.schemaname = p.schemaname and t.tablename = p.tablename
    join columns as c on c.schemaname = p.schemaname and c.tablename = p.tablename and c.attname = p.attname
    where p.clause = 'where' and p.operator in ('<', '<=') and p.is_sargable and p.value_kind <> 'column'
        and (c.typname like 'timestamp%' or c.typname = 'date')
        and t.reltuples >= $min_rows
),
equal as (
    select query, schemaname, tablename, list(attname) as attnames
    from query_predicates
    where operator in ('=', 'in') and is_sargable and attname is not null
    group by all
),
-- What the advisor, or apply, says of an index on the bound.
refused as (
    select b.query, b.schemaname, b.tablename, b.attname, any_value(r.reason) filter (r.gains) as reason
    from bounds as b
    join (
        select schemaname, tablename, key_columns, queries, gains, reason from refused_indexes
        union all
        select schemaname, tablename, key_columns, null, true, reason from taken_back_indexes
    ) as r on r.schemaname = b.schemaname and r.tablename = b.tablename and list_contains(r.key_columns, b.attname)
        and coalesce(list_contains(r.queries, b.query), true)
    group by all
),
scanned as (
    select distinct n.query, coalesce(p.parent_schemaname, n.schemaname) as schemaname,
        coalesce(p.parent_tablename, n.relation_name) as tablename
    from plan_nodes as n
    left join partitions as p on p.schemaname = n.schemaname and p.tablename = n.relation_name
    where n.node_type = 'Seq Scan'
)
select
    'query' as object_kind,
    b.query as name,
    qualified(b.schemaname, b.tablename) || '.' || b.attname as key,
    if(r.reason is null, null, 'info') as severity,
    format('{} deletes by {} from {} ({} rows), and no index begins with that{}', b.query, b.attname, b.tablename,
        pretty_count(b.reltuples), coalesce('; an index was left out: ' || r.reason, '')) as message,
    {'table': qualified(b.schemaname, b.tablename), 'column': b.attname, 'rows': b.reltuples} as evidence,
    if(r.reason is not null,
        format('run it seldom, as each run reads the whole table; where {} is never updated, partition by it', b.attname),
        format('index ({}) and delete in batches of some thousand rows, or partition the table by {} and drop what is old',
            array_to_string(list_sort(coalesce(e.attnames, [])) || [b.attname], ', '), b.attname)) as remedy
from bounds as b
semi join scanned as s on s.query = b.query and s.schemaname = b.schemaname and s.tablename = b.tablename
left join refused as r on r.query = b.query and r.schemaname = b.schemaname and r.tablename = b.tablename
    and r.attname = b.attname
left join equal as e on e.query = b.query and e.schemaname = b.schemaname and e.tablename = b.tablename
where not exists (
    from indexes as i
    where i.schemaname = b.schemaname and i.tablename = b.tablename and i.indisvalid
        and list_contains(i.key_columns, b.attname)
        and (i.amname = 'brin' or list_has_all(coalesce(e.attnames, []),
            i.key_columns[1:list_position(i.key_columns, b.attname) - 1]))
)
and not exists (from index_advice as a where list_contains(a.queries, b.query))
and (r.query is null or r.reason is not null)
order by b.query, key
