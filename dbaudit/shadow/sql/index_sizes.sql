-- The indexes of tables and their sizes. Parameter: a JSON array of the tables' [schema, name].
select n.nspname, c.relname, pg_relation_size(c.oid) as size_bytes
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as n on n.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = pair ->> 1
join pg_catalog.pg_index as i on i.indrelid = t.oid
join pg_catalog.pg_class as c on c.oid = i.indexrelid and c.relkind = 'i'
