-- Moves what writes left in the pending lists of GIN indexes, rolled back or not, into the indexes.
select pg_catalog.gin_clean_pending_list(c.oid)
from pg_catalog.pg_class c
join pg_catalog.pg_am a on a.oid = c.relam
where a.amname = 'gin' and c.relkind = 'i' and c.oid = any (%s::int8[]::oid[])
