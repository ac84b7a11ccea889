-- The shadow's extended statistics with the names of their columns by number.
select
    n.nspname,
    s.stxname,
    (
        select jsonb_object_agg(a.attnum, a.attname) from pg_catalog.pg_attribute as a
        where a.attrelid = s.stxrelid and a.attnum = any(s.stxkeys)
    )
from pg_catalog.pg_statistic_ext as s
join pg_catalog.pg_namespace as n on n.oid = s.stxnamespace
