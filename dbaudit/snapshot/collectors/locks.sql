select
    l.pid::bigint,
    l.locktype,
    n.nspname::text as schemaname,
    c.relname::text,
    l.mode,
    l.granted
from pg_catalog.pg_locks as l
left join pg_catalog.pg_class as c
    on c.oid = l.relation
    and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
left join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where l.pid <> pg_backend_pid()
    and (not l.granted or (l.locktype = 'relation' and c.oid is not null and {user_schema}))
order by l.pid, n.nspname, c.relname, l.mode
