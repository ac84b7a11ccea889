/*
id = "migration-unsafe-index"
title = "Migration blocks a table for an index"
category = "migration"
severity = "warning"
needs = ["migration_lint", "migration_indexes", "tables"]
why = """
A plain CREATE INDEX keeps writers waiting until it is built, a plain DROP INDEX or a new unique constraint readers too;
CONCURRENTLY does neither. What squawk says of statements on indexes that are still to run, weighed by the size of their
table: on a small one it is over before anybody waits. Not reported: tables that the same migrations make, and ON ONLY.
It is right to ignore in a maintenance window.
"""
references = [
    "https://squawkhq.com/docs/require-concurrent-index-creation",
    "https://squawkhq.com/docs/require-concurrent-index-deletion",
    "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
]
[options]
min_size_bytes = 10_000_000
*/
with judged as (
    select l.*, t.total_size_bytes, t.relkind, t.relkind is null and l.tablename is not null as is_unknown,
        -- The partitions hold the rows of a partitioned table.
        coalesce(t.relkind <> 'p' and t.total_size_bytes < $min_size_bytes, false) as is_small,
        coalesce(l.tablename || coalesce(' (' || pretty_bytes(t.total_size_bytes) || ')', ''), 'its tables') as on_table,
        format('{}:{}', l.file, l.line) as place
    from migration_lint as l
    left join migration_indexes as i using (file, line, indexname)
    left join tables as t on t.schemaname = l.schemaname and t.tablename = l.tablename
    where not l.is_new_table and not (coalesce(i.is_only, false) and l.code = 'require-concurrent-index-creation')
)

select
    case when indexname is not null then 'index' when tablename is not null then 'table' else 'database' end as object_kind,
    schemaname as schema,
    if(indexname is not null, tablename, null) as "table",
    coalesce(indexname, tablename, migration) as name,
    file || ' ' || code as key,
    if(is_small or is_unknown, 'info', 'warning') as severity,
    if(is_unknown, 'possible', 'certain') as confidence,
    case code
        when 'require-concurrent-index-creation'
            then format('{} builds {} without CONCURRENTLY: writes to {} wait until it is done', place, indexname, on_table)
        when 'require-concurrent-index-deletion'
            then format('{} drops {} without CONCURRENTLY: everybody on {} waits for it, and behind it', place, indexname, on_table)
        when 'require-concurrent-reindex'
            then format('{} reindexes without CONCURRENTLY: writes to {} wait, and often reads', place, on_table)
        else format('{} adds a constraint to {}: nobody reads or writes it while its index is built', place, on_table)
    end as message,
    {'file': file, 'line': line, 'code': code, 'tool': tool, 'table_size_bytes': total_size_bytes, 'said': message}
        as evidence,
    case
        when relkind = 'p' and code = 'require-concurrent-index-creation'
            then 'make it ON ONLY the table, build each partition''s CONCURRENTLY, then attach them'
        when code in ('disallowed-unique-constraint', 'adding-serial-primary-key-field')
            then 'build a unique index CONCURRENTLY first, then add the constraint USING INDEX'
        when code = 'require-concurrent-reindex' then 'write REINDEX … CONCURRENTLY, outside a transaction'
        when tool = 'django' then 'use AddIndexConcurrently or RemoveIndexConcurrently in a migration with atomic = False'
        when tool = 'alembic'
            then 'give postgresql_concurrently=True, inside: with op.get_context().autocommit_block()'
        else 'write CONCURRENTLY, in a migration of its own that runs outside a transaction'
    end as remedy
from judged
order by file, line, code, indexname
