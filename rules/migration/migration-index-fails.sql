/*
id = "migration-index-fails"
title = "Migration builds or drops an index in a way that PostgreSQL refuses"
category = "migration"
severity = "error"
needs = ["migration_indexes", "migration_drops", "tables", "indexes"]
why = """
CREATE INDEX and DROP INDEX CONCURRENTLY are refused inside a transaction, which Alembic and Django open by themselves,
and on a partitioned table or its index: the migration stops there, with what came before it rolled back or, worse, half
done. A transaction that another tool opens around a file is not seen. It is right to ignore where the tool is told
elsewhere, such as on its command line, to run this migration without one.
"""
references = [
    "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    "https://www.postgresql.org/docs/current/sql-dropindex.html",
]
*/
with concurrent as (
    select i.file, i.line, i.tool, i.schemaname, i.tablename, i.indexname, i.is_in_transaction, 'built' as done,
        coalesce(t.relkind = 'p', false) as is_partitioned
    from migration_indexes as i
    left join tables as t on t.schemaname = i.schemaname and t.tablename = i.tablename
    where i.is_concurrent
    union all
    select d.file, d.line, d.tool, d.schemaname, d.tablename, d.indexname, d.is_in_transaction, 'dropped' as done,
        i.relkind = 'I' as is_partitioned
    from migration_drops as d
    join indexes as i using (schemaname, tablename, indexname)
    where d.is_concurrent
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    file || ' ' || done as key,
    format('{}:{} fails: {} is {} CONCURRENTLY {}', file, line, indexname, done,
        if(is_partitioned, format('on {}, which is partitioned', tablename), 'in a transaction')) as message,
    {'file': file, 'line': line, 'tool': tool, 'is_in_transaction': is_in_transaction, 'is_partitioned': is_partitioned}
        as evidence,
    case
        when is_partitioned and done = 'built'
            then 'make it ON ONLY the table, build each partition''s CONCURRENTLY, then attach them'
        when is_partitioned then 'drop it without CONCURRENTLY, with a lock_timeout and when few are at work'
        when tool = 'django' then 'give the migration atomic = False'
        when tool = 'alembic' then 'put it inside: with op.get_context().autocommit_block()'
        else 'put it in a migration of its own that runs outside a transaction'
    end as remedy
from concurrent
where is_partitioned or is_in_transaction
order by file, line, indexname
