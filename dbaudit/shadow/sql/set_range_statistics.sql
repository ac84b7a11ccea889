-- Parameter: a JSON array of the rows of range_statistics.sql.
select pg_catalog.pg_restore_attribute_stats(
    'version', current_setting('server_version_num')::int,
    'schemaname', r ->> 0,
    'relname', r ->> 1,
    'attname', r ->> 2,
    'inherited', (r ->> 3)::bool,
    'range_length_histogram', r ->> 4,
    'range_empty_frac', (r ->> 5)::real,
    'range_bounds_histogram', r ->> 6
)
from jsonb_array_elements(%s::jsonb) as r
join pg_catalog.pg_namespace as n on n.nspname = r ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = r ->> 1
