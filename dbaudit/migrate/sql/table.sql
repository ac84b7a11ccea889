select
    c.oid::int8,
    c.relkind::text,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') as is_owner,
    pg_catalog.has_schema_privilege(n.oid, 'CREATE') as may_create,
    pg_catalog.pg_get_userbyid(c.relowner)::text as owner
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s
