-- Transactions that have been open for long and hold a snapshot: a concurrent build waits for them
-- at its end, whatever they read (WaitForOlderSnapshots in src/backend/commands/indexcmds.c). They
-- are those of this database; autovacuum, VACUUM and, since PostgreSQL 14, concurrent builds of
-- plain indexes on other tables are left out, as there.
select
    '' as transaction,
    a.pid,
    null as gid,
    coalesce(a.usename::text, 'unknown') as role,
    coalesce(nullif(a.application_name, ''), 'unnamed') as application,
    extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 as seconds,
    false as is_autovacuum,
    false as is_against_wraparound
from pg_catalog.pg_stat_activity a
where a.datid = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
    and a.pid <> pg_catalog.pg_backend_pid()
    and a.backend_xmin is not null
    and coalesce(a.backend_type, 'client backend') <> 'autovacuum worker'
    and a.xact_start < pg_catalog.clock_timestamp() - %s * interval '1 ms'
    and not exists (select from pg_catalog.pg_stat_progress_vacuum v where v.pid = a.pid)
    and not exists (
        select from pg_catalog.pg_stat_progress_create_index p
        join pg_catalog.pg_index i on i.indexrelid = p.index_relid
        where p.pid = a.pid and p.command like '%% CONCURRENTLY'
            and i.indexprs is null and i.indpred is null
            and current_setting('server_version_num')::int4 >= 140000
    )
order by seconds desc
