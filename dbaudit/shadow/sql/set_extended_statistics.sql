-- Parameter: a JSON array of [schema, name, inherited, ndistinct, dependencies, most common values].
insert into pg_catalog.pg_statistic_ext_data
    (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv)
select
    s.oid,
    (d ->> 2)::bool,
    decode(d ->> 3, 'hex')::pg_ndistinct,
    decode(d ->> 4, 'hex')::pg_dependencies,
    decode(d ->> 5, 'hex')::pg_mcv_list
from jsonb_array_elements(%s::jsonb) as d
join pg_catalog.pg_namespace as n on n.nspname = d ->> 0
join pg_catalog.pg_statistic_ext as s on s.stxnamespace = n.oid and s.stxname = d ->> 1
