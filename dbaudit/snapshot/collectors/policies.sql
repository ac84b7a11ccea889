select
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    p.polname::text as policyname,
    p.polpermissive as is_permissive,
    array(
        select case r.role when 0 then 'public' else pg_get_userbyid(r.role)::text end
        from unnest(p.polroles) as r(role)
    ) as roles,
    case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE'
        when 'd' then 'DELETE' else 'ALL' end as cmd,
    pg_get_expr(p.polqual, p.polrelid) as qual,
    pg_get_expr(p.polwithcheck, p.polrelid) as with_check,
    array(
        select distinct a.attname::text
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.classid = 'pg_policy'::regclass and d.objid = p.oid
            and d.refclassid = 'pg_class'::regclass and d.refobjid = p.polrelid
            and d.refobjsubid > 0
        order by 1
    ) as attnames
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where {user_schema} and c.oid not in {locked_tables}
order by n.nspname, c.relname, p.polname
