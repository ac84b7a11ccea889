select
    o.oid::bigint,
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    o.conname::text,
    o.contype::text,
    pg_get_constraintdef(o.oid) as definition,
    array(
        select a.attname::text
        from unnest(o.conkey) with ordinality as k(attnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = o.conrelid and a.attnum = k.attnum
        order by k.position
    ) as columns,
    x.relname::text as indexname,
    fn.nspname::text as referenced_schemaname,
    f.relname::text as referenced_tablename,
    array(
        select a.attname::text
        from unnest(o.confkey) with ordinality as k(attnum, position)
        join pg_catalog.pg_attribute as a on a.attrelid = o.confrelid and a.attnum = k.attnum
        order by k.position
    ) as referenced_columns,
    case when o.contype = 'f' then o.confdeltype::text end as confdeltype,
    case when o.contype = 'f' then o.confupdtype::text end as confupdtype,
    o.convalidated,
    o.conparentid <> 0 or not o.conislocal as is_inherited
from pg_catalog.pg_constraint as o
join pg_catalog.pg_class as c on c.oid = o.conrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as x on x.oid = o.conindid
left join pg_catalog.pg_class as f on f.oid = o.confrelid
left join pg_catalog.pg_namespace as fn on fn.oid = f.relnamespace
where c.relpersistence <> 't' and {user_schema} and c.oid not in {locked_tables}
order by n.nspname, c.relname, o.conname
