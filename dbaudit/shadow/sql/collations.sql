-- Collations that columns use and that another machine may lack.
select distinct n.nspname, c.collname
from pg_catalog.pg_collation as c
join pg_catalog.pg_namespace as n on n.oid = c.collnamespace
left join pg_catalog.pg_attribute as a on a.attcollation = c.oid and a.attrelid >= 16384
where c.collname not in ('default', 'C', 'POSIX')
    and c.collprovider in ('c', 'i')
    and (a.attrelid is not null or c.oid >= 16384)
