/*
id = "index-on-small-table"
title = "Index on a table of a few pages"
category = "index"
severity = "info"
needs = ["indexes", "tables", "constraints"]
why = """
Reading a table of a few pages from end to end takes some hundredths of a millisecond, as an index does, which every
write has to keep up. Not reported: unique indexes, those that back a constraint or find the rows of a foreign key, and
every table of a database that holds little as a whole: there the small ones may grow yet. It is right to ignore where
this one will grow too.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-examine.html",
]
[options]
max_pages = 10
min_database_bytes = 20_000_000
*/
with held as (
    select sum(heap_size_bytes) as bytes from tables
)
select
    'index' as object_kind,
    i.schemaname as schema,
    i.tablename as "table",
    i.indexname as name,
    format('{} is on {}, of {} rows in {} pages: reading all of it is as fast', i.indexname, i.tablename,
        pretty_count(t.reltuples), t.relpages) as message,
    {'pages': t.relpages, 'rows': t.reltuples, 'size_bytes': i.size_bytes, 'idx_scan': i.idx_scan} as evidence,
    'likely' as confidence,
    'drop it, unless the table will grow' as remedy,
    'DROP INDEX CONCURRENTLY ' || qualified(i.schemaname, i.indexname) as remedy_sql,
    built_concurrently(i.definition) as undo_sql
from indexes as i
join tables as t on t.oid = i.table_oid
cross join held as h
where t.reltuples > 0 and t.relpages between 1 and $max_pages
    and h.bytes >= $min_database_bytes
    and i.relkind = 'i' and i.parent_oid is null and i.indisvalid and i.extname is null
    and not (i.indisunique or i.indisexclusion or i.indisclustered or i.indisreplident or i.is_fk_target
        or i.conname is not null or i.is_being_built or t.is_partition)
    and not exists (
        from constraints as c
        where c.contype = 'f' and c.schemaname = i.schemaname and c.tablename = i.tablename
            and serves_columns(i.key_columns, i.amname, i.predicate, c.columns)
    )
order by i.schemaname, i.tablename, i.indexname
