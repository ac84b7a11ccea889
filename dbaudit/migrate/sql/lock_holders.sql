-- Who holds, or prepared, locks on some relations that are in the way of a change.
-- A prepared transaction has no process, and is known by the lock on its transaction id. Sessions
-- of other roles tell neither their application nor the age of their transaction without
-- pg_read_all_stats; autovacuum is known by having no role. A predicate lock (SIReadLock) is in nobody's way.
select distinct
    l.virtualtransaction as transaction,
    l.pid,
    p.gid,
    coalesce(a.usename::text, p.owner::text, 'unknown') as role,
    coalesce(nullif(a.application_name, ''), 'unnamed') as application,
    coalesce(
        extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, p.prepared)), 0
    )::float8 as seconds,
    a.pid is not null and a.usesysid is null as is_autovacuum,
    coalesce(a.query like '%%(to prevent wraparound)', false) as is_against_wraparound
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
left join pg_catalog.pg_locks x
    on l.pid is null and x.pid is null
    and x.locktype = 'transactionid' and x.virtualtransaction = l.virtualtransaction
left join pg_catalog.pg_prepared_xacts p on p.transaction = x.transactionid
where l.locktype = 'relation'
    and l.granted
    and l.database = (select d.oid from pg_catalog.pg_database d
                      where d.datname = current_database())
    and l.relation = any (%s::int8[]::oid[])
    and l.mode <> 'SIReadLock'
    and l.mode <> all (%s::text[])
    and l.pid is distinct from pg_catalog.pg_backend_pid()
order by seconds desc
