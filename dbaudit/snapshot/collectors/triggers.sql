select
    n.nspname::text as schemaname,
    c.relname::text as tablename,
    t.tgname::text,
    t.tgenabled::text as enabled,
    fn.nspname::text as function_schemaname,
    f.proname::text as function_name,
    pg_get_triggerdef(t.oid) as definition
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_proc as f on f.oid = t.tgfoid
join pg_catalog.pg_namespace as fn on fn.oid = f.pronamespace
where not t.tgisinternal and {user_schema} and c.oid not in {locked_tables}
order by n.nspname, c.relname, t.tgname
