-- Roles by name: row-level security and ownership depend on them.
select rolname, rolsuper, rolbypassrls, rolinherit
from pg_catalog.pg_roles
where rolname not like 'pg\_%%'
