/*
id = "migration-unsafe-index"
title = "Migration blocks a table for an index, or fails"
category = "migration"
severity = "warning"
needs = ["migration_lint", "migration_indexes", "migration_drops", "tables"]
why = """
A plain CREATE INDEX keeps writers waiting until it is built, a plain DROP INDEX or a new unique constraint readers too;
CONCURRENTLY does neither, and cannot run in a transaction or on a partitioned table. What squawk says of statements on
indexes that are still to run, weighed by the size of their table: on a small one it is over before anybody waits. Not
reported: tables that the same migrations make, and ON ONLY. It is right to ignore in a maintenance window.
"""
references = [
    "https://squawkhq.com/docs/require-concurrent-index-creation",
    "https://squawkhq.com/docs/ban-concurrent-index-creation-in-transaction",
    "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
]
[options]
min_size_bytes = 10_000_000
*/
with said as (
    select l.*, coalesce(i.is_only, false) as is_only
    from migration_lint as l
    left join migration_indexes as i using (file, line, indexname)
    where not l.is_new_table
    union all by name
    select file, line, migration, tool, schemaname, tablename, indexname, 'drop-in-transaction' as code, false as is_only
    from migration_drops
    where is_concurrent and is_in_transaction
    union all by name
    select i.file, i.line, i.migration, i.tool, i.schemaname, i.tablename, i.indexname,
        'concurrently-on-partitioned-table' as code, false as is_only
    from migration_indexes as i
    join tables as t using (schemaname, tablename)
    where i.is_concurrent and t.relkind = 'p'
),

judged as (
    select s.*, t.total_size_bytes, t.relkind, t.relkind is null and s.tablename is not null as is_unknown,
        s.code in ('ban-concurrent-index-creation-in-transaction', 'drop-in-transaction',
            'concurrently-on-partitioned-table') as fails,
        -- The partitions hold the rows of a partitioned table.
        coalesce(t.relkind <> 'p' and t.total_size_bytes < $min_size_bytes, false) as is_small,
        coalesce(s.tablename || coalesce(' (' || pretty_bytes(t.total_size_bytes) || ')', ''), 'its tables') as on_table,
        format('{}:{}', s.file, s.line) as place
    from said as s
    left join tables as t using (schemaname, tablename)
    where not (s.is_only and s.code = 'require-concurrent-index-creation')
)

select
    case when indexname is not null then 'index' when tablename is not null then 'table' else 'database' end as object_kind,
    schemaname as schema,
    if(indexname is not null, tablename, null) as "table",
    coalesce(indexname, tablename, migration) as name,
    file || ' ' || code as key,
    case when fails then 'error' when is_small or is_unknown then 'info' else 'warning' end as severity,
    if(is_unknown, 'possible', 'certain') as confidence,
    case code
        when 'require-concurrent-index-creation'
            then format('{} builds {} without CONCURRENTLY: writes to {} wait until it is done', place, indexname, on_table)
        when 'require-concurrent-index-deletion'
            then format('{} drops {} without CONCURRENTLY: everybody on {} waits for it, and behind it', place, indexname, on_table)
        when 'require-concurrent-reindex'
            then format('{} reindexes without CONCURRENTLY: writes to {} wait, and often reads', place, on_table)
        when 'ban-concurrent-index-creation-in-transaction'
            then format('{} fails: {} is built CONCURRENTLY in a transaction', place, indexname)
        when 'drop-in-transaction' then format('{} fails: {} is dropped CONCURRENTLY in a transaction', place, indexname)
        when 'concurrently-on-partitioned-table'
            then format('{} fails: {} is built CONCURRENTLY on {}, which is partitioned', place, indexname, tablename)
        else format('{} adds a constraint to {}: nobody reads or writes it while its index is built', place, on_table)
    end as message,
    {'file': file, 'line': line, 'code': code, 'tool': tool, 'table_size_bytes': total_size_bytes, 'said': message}
        as evidence,
    case
        when code = 'concurrently-on-partitioned-table' or (relkind = 'p' and code = 'require-concurrent-index-creation')
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
