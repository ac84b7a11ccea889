-- What the session that builds or drops is at, and the first whom it waits for, if it waits for a
-- lock. pg_blocking_pids gives 0 for a prepared transaction, which has no process.
select
    p.phase::text,
    p.blocks_done,
    p.blocks_total,
    p.tuples_done,
    p.tuples_total,
    w.pid is not null as is_waiting,
    nullif(w.pid, 0) as pid,
    x.gid,
    coalesce(b.usename::text, x.owner::text, 'unknown') as role,
    coalesce(nullif(b.application_name, ''), 'unnamed') as application,
    coalesce(
        extract(epoch from pg_catalog.clock_timestamp() - coalesce(b.xact_start, x.prepared)), 0
    )::float8 as seconds,
    b.pid is not null and b.usesysid is null as is_autovacuum,
    coalesce(b.query like '%%(to prevent wraparound)', false) as is_against_wraparound
from pg_catalog.pg_stat_activity a
left join pg_catalog.pg_stat_progress_create_index p on p.pid = a.pid
left join lateral (
    select (pg_catalog.pg_blocking_pids(a.pid))[1] as pid where a.wait_event_type = 'Lock'
) w on true
left join pg_catalog.pg_stat_activity b on b.pid = w.pid
left join lateral (
    select g.gid, g.owner, g.prepared
    from pg_catalog.pg_prepared_xacts g
    join pg_catalog.pg_locks l on l.pid = a.pid and not l.granted
    where w.pid = 0 and (l.relation is not null or l.transactionid = g.transaction)
    limit 1
) x on true
where a.pid = %s
