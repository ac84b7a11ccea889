-- Which of some tables autovacuum is at work on, other than against wraparound, as far as that is
-- to be seen, by schema and name.
select distinct n.nspname::text, c.relname::text
from pg_catalog.pg_locks l
join pg_catalog.pg_stat_activity a on a.pid = l.pid and a.usesysid is null
join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'm')
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where l.locktype = 'relation'
    and l.granted
    and l.mode = 'ShareUpdateExclusiveLock'
    and l.database = a.datid
    and l.relation = any (%s::int8[]::oid[])
    and coalesce(a.query, '') not like '%%(to prevent wraparound)'
order by 1, 2
