-- The tables of indexes that have a file. Parameter: their OIDs.
select i.indexrelid::bigint, i.indrelid::bigint
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid and c.relkind = 'i'
where i.indexrelid = any(%s::oid[])
