select
    p.command,
    p.pid::bigint,
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    x.relname::text as indexname,
    p.phase,
    p.done
from (
    select
        command, pid, relid, index_relid, phase,
        blocks_done::float8 / nullif(blocks_total, 0) as done
    from pg_catalog.pg_stat_progress_create_index
    where datname = current_database()
    union all
    select
        'VACUUM', pid, relid, null, phase,
        heap_blks_scanned::float8 / nullif(heap_blks_total, 0)
    from pg_catalog.pg_stat_progress_vacuum
    where datname = current_database()
) as p
left join pg_catalog.pg_class as c on c.oid = p.relid
left join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as x on x.oid = p.index_relid
order by p.pid
