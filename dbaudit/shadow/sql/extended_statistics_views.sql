-- The data of extended statistics as the owner of the tables may see it; the last column tells
-- whether there is a list of most common values too. Parameter: a JSON array of the tables'
-- [schema, name]. `inherited` came with 15: read it from the row as JSON.
select
    v.statistics_schemaname,
    v.statistics_name,
    (
        select jsonb_object_agg(a.attnum, a.attname) from pg_catalog.pg_attribute as a
        where a.attrelid = t.oid and a.attname = any(v.attnames)
    ),
    coalesce((to_jsonb(v) ->> 'inherited')::bool, false),
    v.n_distinct::text,
    v.dependencies::text,
    null,
    v.most_common_vals is not null
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as tn on tn.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = tn.oid and t.relname = pair ->> 1
join pg_catalog.pg_stats_ext as v on v.schemaname = tn.nspname and v.tablename = t.relname
