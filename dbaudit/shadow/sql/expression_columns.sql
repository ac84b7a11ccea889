-- The expressions of candidates that are not partial: the planner takes no statistics of others
-- (examine_variable in selfuncs.c). Parameter: index OIDs.
select i.indexrelid::bigint, a.attnum, n.nspname, c.relname, a.attname
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid and c.relkind = 'i'
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = i.indexrelid and a.attnum <= i.indnkeyatts
where i.indexrelid = any(%s::oid[])
    and i.indpred is null
    and i.indkey[a.attnum - 1] = 0
