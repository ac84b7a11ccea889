/*
id = "invalid-index"
title = "Index is invalid"
category = "index"
severity = "error"
needs = ["indexes"]
why = """
A CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY that failed leaves an index that no query may use but that every
write still maintains. Drop it and build it again. An index that is being built right now is not reported, nor is a
partitioned index that waits for its partitions to be attached.
"""
references = ["https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY"]
*/
select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} on {} is invalid: no query uses it, every write maintains it ({})',
        indexname, tablename, pretty_bytes(size_bytes)) as message,
    {'indisvalid': indisvalid, 'indisready': indisready, 'size_bytes': size_bytes} as evidence,
    'drop it, then build it again' as remedy,
    [
        'DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname),
        regexp_replace(definition, '^CREATE (UNIQUE )?INDEX ', 'CREATE \1INDEX CONCURRENTLY ')
    ] as remedy_sql
from indexes
where not indisvalid and not is_being_built and relkind = 'i' and conname is null
order by schemaname, indexname
