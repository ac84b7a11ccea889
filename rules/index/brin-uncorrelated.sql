/*
id = "brin-uncorrelated"
title = "BRIN index on a column that is in no order on disk"
category = "index"
severity = "warning"
needs = ["indexes", "index_columns", "column_stats", "tables", "partitions"]
why = """
A BRIN index holds the least and the greatest value of each range of blocks. Where the values lie in no order every range
holds nearly all of them, so that no block can be left out: the planner reads the whole table. Nor does a BRIN index
ever give rows in order, for ORDER BY with LIMIT. Judged by pg_stats.correlation of its first column. Classes that keep
more than one interval (minmax_multi, bloom) are not reported, nor is what was never analysed. It is right to ignore
before a CLUSTER.
"""
references = [
    "https://www.postgresql.org/docs/current/brin.html",
    "https://www.postgresql.org/docs/current/view-pg-stats.html",
]
[options]
min_correlation = 0.9
min_rows = 1000
*/
with recursive below as (
    select p.schemaname, p.tablename, p.parent_schemaname as root_schema, p.parent_tablename as root_table
    from partitions as p
    where (p.parent_schemaname, p.parent_tablename) not in (select (schemaname, tablename) from partitions)
    union all
    select p.schemaname, p.tablename, b.root_schema, b.root_table
    from partitions as p
    join below as b on b.schemaname = p.parent_schemaname and b.tablename = p.parent_tablename
),
judged as (
    select
        coalesce(b.root_schema, i.schemaname) as root_schema,
        coalesce(b.root_table, i.tablename) as root_table,
        b.root_table is not null as is_partition,
        coalesce(k.attname, k.expression) as key_sql,
        i.schemaname, i.indexname, i.definition, i.size_bytes, i.parent_oid, t.reltuples,
        abs(s.correlation) as correlation
    from indexes as i
    join tables as t on t.oid = i.table_oid
    join index_columns as k on k.index_oid = i.oid and k.position = 1
    join column_stats as s on s.schemaname = i.schemaname and not s.inherited
        and s.tablename = if(k.attname is null, i.indexname, i.tablename)
        and s.attname = coalesce(k.attname, k.index_attname)
    left join below as b on b.schemaname = i.schemaname and b.tablename = i.tablename
    where i.amname = 'brin' and i.relkind = 'i' and i.indisvalid and s.correlation is not null
        and not regexp_matches(k.opcname, 'multi|bloom')
),
-- The partitions' indexes on one column are one matter; a partition in which few rows are in order is none.
summed as (
    select root_schema, root_table, is_partition, key_sql, count(*) as indexes, sum(size_bytes) as size_bytes,
        sum(reltuples) as rows, sum(correlation * reltuples) / sum(reltuples) as correlation,
        min(indexname) as example, any_value(schemaname) as schemaname, any_value(definition) as definition,
        bool_or(parent_oid is not null) as is_attached
    from judged
    where reltuples > 0
    group by root_schema, root_table, is_partition, key_sql, if(is_partition, '', indexname)
)
select
    if(is_partition, 'table', 'index') as object_kind,
    root_schema as schema,
    if(is_partition, null, root_table) as "table",
    if(is_partition, root_table, example) as name,
    key_sql as key,
    format('{} cannot leave blocks of {} out: {} is in no order on disk (correlation {:.2f})',
        if(is_partition, format('{} BRIN indexes on {}, such as {},', indexes, key_sql, example), example),
        root_table, key_sql, correlation) as message,
    {'indexes': indexes, 'correlation': round(correlation, 3), 'rows': rows, 'size_bytes': size_bytes} as evidence,
    if(correlation < 0.5, 'certain', 'likely') as confidence,
    format('drop {}; for ranges of {} or its order, build a B-tree', if(is_partition, 'them', 'it'), key_sql) as remedy,
    if(is_partition, null, 'DROP INDEX CONCURRENTLY ' || qualified(schemaname, example)) as remedy_sql,
    if(is_partition, null, built_concurrently(definition)) as undo_sql
from summed
where correlation < $min_correlation and rows >= $min_rows
order by root_schema, root_table, key_sql, example
