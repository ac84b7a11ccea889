-- The data of extended statistics. Parameter: a JSON array of the tables' [schema, name].
-- The most common values hold the OIDs of their types, which must be the same on every server
-- (below FirstNormalObjectId). stxdinherit came with 15: read it from the row as JSON.
select
    n.nspname,
    s.stxname,
    (
        select jsonb_object_agg(a.attnum, a.attname) from pg_catalog.pg_attribute as a
        where a.attrelid = t.oid and a.attnum = any(s.stxkeys)
    ),
    coalesce((to_jsonb(d) ->> 'stxdinherit')::bool, false),
    encode(d.stxdndistinct::bytea, 'hex'),
    encode(d.stxddependencies::bytea, 'hex'),
    case when not exists (
        select from pg_catalog.pg_attribute as a
        where a.attrelid = t.oid and a.attnum = any(s.stxkeys) and a.atttypid >= 16384
    ) then encode(d.stxdmcv::bytea, 'hex') end
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as tn on tn.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = tn.oid and t.relname = pair ->> 1
join pg_catalog.pg_statistic_ext as s on s.stxrelid = t.oid
join pg_catalog.pg_namespace as n on n.oid = s.stxnamespace
join pg_catalog.pg_statistic_ext_data as d on d.stxoid = s.oid
