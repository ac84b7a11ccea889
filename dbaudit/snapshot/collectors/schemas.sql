select
    n.nspname::text as schemaname,
    pg_get_userbyid(n.nspowner)::text as owner,
    has_schema_privilege(n.oid, 'USAGE') as has_usage
from pg_catalog.pg_namespace as n
where {user_schema}
order by n.nspname
