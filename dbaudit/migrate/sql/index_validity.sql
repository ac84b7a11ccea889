-- Those of some names that are there, and whether they are valid.
select n.nspname::text, c.relname::text, i.indisvalid and i.indisready and i.indislive
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join unnest(%s::text[], %s::text[]) w(schema_name, index_name)
    on w.schema_name = n.nspname and w.index_name = c.relname
