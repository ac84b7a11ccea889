-- Tables that have a twin, with the column of each range. Parameter: a JSON array as in
-- make_twins.sql.
select t.oid::bigint, r ->> 2
from jsonb_array_elements(%s::jsonb) as r
join pg_catalog.pg_namespace as n on n.nspname = r ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = r ->> 1
where to_regclass('"dbaudit twins".t' || t.oid) is not null
