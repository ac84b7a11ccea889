-- Parameters: schema, index, column, share of NULLs, mean width, distinct values, the most common
-- values and their frequencies, histogram bounds, correlation, the most common elements and theirs.
select pg_catalog.pg_restore_attribute_stats(
    'version', current_setting('server_version_num')::int,
    'schemaname', %s::text,
    'relname', %s::text,
    'attname', %s::text,
    'inherited', false,
    'null_frac', %s::real,
    'avg_width', %s::int,
    'n_distinct', %s::real,
    'most_common_vals', %s::text[]::text,
    'most_common_freqs', %s::real[],
    'histogram_bounds', %s::text[]::text,
    'correlation', %s::real,
    'most_common_elems', %s::text[]::text,
    'most_common_elem_freqs', %s::real[]
)
