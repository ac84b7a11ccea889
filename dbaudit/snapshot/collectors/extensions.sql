select
    e.extname::text,
    e.extversion,
    a.default_version::text,
    n.nspname::text as schemaname
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
left join pg_catalog.pg_available_extensions as a on a.name = e.extname
order by e.extname
