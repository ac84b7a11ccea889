-- What ANALYZE left in the catalog and CREATE INDEX on an empty table would reset.
select c.oid::bigint, c.relpages, c.reltuples, c.relallvisible
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'dbaudit twins')
