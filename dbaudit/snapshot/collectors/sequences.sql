-- pg_sequence_last_value takes ROW EXCLUSIVE, so it would wait for more than the other collectors do.
with locked as materialized (
    select l.relation
    from pg_catalog.pg_locks as l
    where l.locktype = 'relation'
        and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
)

select
    n.nspname::text as schemaname,
    c.relname::text as sequencename,
    format_type(q.seqtypid, null) as data_type,
    q.seqstart as start_value,
    q.seqmin as min_value,
    q.seqmax as max_value,
    q.seqincrement as increment_by,
    q.seqcycle as cycle,
    case when has_sequence_privilege(c.oid, 'SELECT, USAGE') and c.oid not in (select relation from locked)
        then pg_sequence_last_value(c.oid) end as last_value,
    tn.nspname::text as owner_schemaname,
    t.relname::text as owner_tablename,
    a.attname::text as owner_attname,
    format_type(a.atttypid, null) as column_type
from pg_catalog.pg_sequence as q
join pg_catalog.pg_class as c on c.oid = q.seqrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_depend as d
    on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
left join pg_catalog.pg_class as t on t.oid = d.refobjid
left join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
left join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where c.relpersistence <> 't' and {user_schema}
order by n.nspname, c.relname
