-- Who waits in line for a lock on some relations: what comes later waits behind.
select distinct
    l.pid,
    l.mode,
    coalesce(a.usename::text, 'unknown') as role,
    coalesce(nullif(a.application_name, ''), 'unnamed') as application
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation'
    and not l.granted
    and l.mode <> all ('{AccessShareLock,RowShareLock,RowExclusiveLock}')
    and l.database = (select d.oid from pg_catalog.pg_database d
                      where d.datname = current_database())
    and l.relation = any (%s::int8[]::oid[])
    and l.pid <> pg_catalog.pg_backend_pid()
order by l.pid
