-- Without the values: a snapshot may leave the house, the data may not.
select
    n.schemaname::text,
    n.tablename::text,
    n.attname::text,
    n.inherited,
    n.null_frac::float8,
    n.avg_width::bigint,
    n.n_distinct::float8,
    n.correlation::float8,
    n.most_common_freqs::float8[],
    n.histogram_bounds is not null as has_histogram
from (select s.*, s.schemaname as nspname from pg_catalog.pg_stats as s) as n
where {user_schema}
order by n.schemaname, n.tablename, n.attname
