-- The beginning of the metapages of B-tree and GIN indexes, after the page header, as they are on
-- disk. Parameter: a JSON array of the tables' [schema, name].
select n.nspname, c.relname, pg_read_binary_file(pg_relation_filepath(c.oid), 24, 56, true)
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as n on n.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = pair ->> 1
join pg_catalog.pg_index as i on i.indrelid = t.oid
join pg_catalog.pg_class as c on c.oid = i.indexrelid and c.relkind = 'i'
join pg_catalog.pg_am as m on m.oid = c.relam and m.amname in ('btree', 'gin')
