-- Statistics of the expressions of CREATE STATISTICS. Parameter: a JSON array of the tables'
-- [schema, name]. `inherited` came with 15: read it from the row as JSON.
select
    v.statistics_schemaname,
    v.statistics_name,
    v.expr,
    coalesce((to_jsonb(v) ->> 'inherited')::bool, false),
    v.null_frac,
    v.avg_width,
    v.n_distinct,
    v.most_common_vals::text,
    v.most_common_freqs::text,
    v.histogram_bounds::text,
    v.correlation,
    v.most_common_elems::text,
    v.most_common_elem_freqs::text,
    v.elem_count_histogram::text
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_stats_ext_exprs as v
    on v.schemaname = pair ->> 0 and v.tablename = pair ->> 1
where v.null_frac is not null
