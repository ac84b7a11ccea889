-- Every table and index of the shadow with a file of its own.
select
    c.oid::bigint,
    n.nspname,
    c.relname,
    am.amname,
    pg_relation_filepath(c.oid),
    coalesce(i.indrelid, 0)::bigint
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_am as am on am.oid = c.relam
left join pg_catalog.pg_index as i on i.indexrelid = c.oid
where c.relkind in ('r', 'm', 'i')
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'dbaudit twins')
