/*
id = "index-on-partitions-only"
title = "Index is on the partitions, and not on their table"
category = "partition"
severity = "warning"
needs = ["indexes", "partitions"]
why = """
An index that is declared on the partitioned table comes with every partition that is added later. One that was made on
each partition by itself does not: the next partition has none, and its queries read all of it. Attaching the indexes that
are there to one on the table costs no rebuild. It is right to ignore where only some partitions are meant to have it,
as old months that are read in another way; not reported are indexes on fewer than half of the partitions.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
    "https://www.postgresql.org/docs/current/sql-alterindex.html",
]
[options]
min_partitions = 2
min_share = 0.5
*/
with owned as (
    select i.*, p.parent_schemaname, p.parent_tablename,
        regexp_extract(i.definition, ' (USING .*)$', 1) as tail
    from indexes as i
    join partitions as p on p.schemaname = i.schemaname and p.tablename = i.tablename
    where i.parent_oid is null and i.indisvalid and i.conname is null and not i.indisunique and i.extname is null
),
siblings as (
    select parent_schemaname, parent_tablename, count(*) as partitions from partitions group by all
),
judged as (
    select o.parent_schemaname, o.parent_tablename, o.tail, count(distinct o.table_oid) as having_it,
        any_value(s.partitions) as partitions, sum(o.size_bytes) as size_bytes,
        min_by(o.indexname, o.table_oid) as example
    from owned as o
    join siblings as s using (parent_schemaname, parent_tablename)
    where not exists (
        from indexes as i
        where i.schemaname = o.parent_schemaname and i.tablename = o.parent_tablename
            and regexp_extract(i.definition, ' (USING .*)$', 1) = o.tail
    )
    group by o.parent_schemaname, o.parent_tablename, o.tail
    having count(distinct o.table_oid) >= $min_partitions
        and count(distinct o.table_oid) >= any_value(s.partitions) * $min_share
)
select
    'table' as object_kind,
    parent_schemaname as schema,
    parent_tablename as name,
    tail as key,
    format('{} of {} partitions of {} have an index {} of their own ({} in all, such as {}); a new partition will have none',
        having_it, partitions, parent_tablename, tail, pretty_bytes(size_bytes), example) as message,
    {'partitions_with_index': having_it, 'partitions': partitions, 'index': tail, 'size_bytes': size_bytes,
        'example': example} as evidence,
    'certain' as confidence,
    format('declare it on the table and attach what is there, which builds nothing again: '
        'CREATE INDEX … ON ONLY {} {}, then ALTER INDEX … ATTACH PARTITION {} and so on',
        qualified(parent_schemaname, parent_tablename), tail, quote_ident(example)) as remedy
from judged
order by parent_schemaname, parent_tablename, tail
