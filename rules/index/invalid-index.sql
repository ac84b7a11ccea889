/*
id = "invalid-index"
title = "Index is invalid"
category = "index"
severity = "error"
needs = ["indexes"]
why = """
A CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY that failed leaves an index that no query may use but that every
write still maintains. Drop it and build it again; where it was to be unique, remove the duplicates first. What a failed
REINDEX CONCURRENTLY leaves (its name ends in _ccnew or _ccold) has a twin that works and is only dropped. An index that
is being built right now is not reported, nor is a partitioned index that waits for its partitions to be attached.
"""
references = [
    "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    "https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY",
]
*/
with invalid as (
    select
        *,
        regexp_matches(indexname, '_cc(new|old)[0-9]*$') as is_left_over,
        conname is not null or parent_oid is not null as is_attached
    from indexes
    where not indisvalid and not is_being_built and relkind = 'i'
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} on {} is invalid: no query uses it{} ({})',
        indexname, tablename, if(indisready, ', every write maintains it', ''), pretty_bytes(size_bytes)
    ) as message,
    {'indisvalid': indisvalid, 'indisready': indisready, 'size_bytes': size_bytes} as evidence,
    case
        when is_left_over then 'drop it: a failed REINDEX CONCURRENTLY left it'
        when is_attached then 'build it anew in place'
        else 'drop it, then build it again'
    end as remedy,
    case
        when is_attached then ['REINDEX INDEX CONCURRENTLY ' || qualified(schemaname, indexname)]
        when is_left_over then ['DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname)]
        else ['DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname), built_concurrently(definition)]
    end as remedy_sql
from invalid
order by schemaname, tablename, indexname
