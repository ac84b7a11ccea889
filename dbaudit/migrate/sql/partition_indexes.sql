-- The indexes of some tables, with the partitioned index that each is attached to, if any.
select
    c.oid::int8,
    i.indrelid::int8 as table_oid,
    n.nspname::text as schema_name,
    c.relname::text as index_name,
    c.relkind::text,
    h.inhparent::int8 as attached_to,
    i.indisvalid and i.indisready and i.indislive as is_valid,
    exists (
        select from pg_catalog.pg_constraint k where k.conindid = c.oid
    ) as backs_constraint,
    pg_catalog.pg_get_indexdef(c.oid) as definition
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_inherits h on h.inhrelid = c.oid
where i.indrelid = any (%s::int8[]::oid[])
order by i.indrelid, c.relname
