-- The first columns of B-trees that are not partial: those whose actual range the planner looks up.
-- Parameter: a JSON array of the tables' [schema, name].
select distinct n.nspname, t.relname, a.attname
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as n on n.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = n.oid and t.relname = pair ->> 1
join pg_catalog.pg_index as i on i.indrelid = t.oid and i.indisvalid and i.indpred is null
join pg_catalog.pg_class as c on c.oid = i.indexrelid
join pg_catalog.pg_am as am on am.oid = c.relam and am.amname = 'btree'
join pg_catalog.pg_attribute as a on a.attrelid = t.oid and a.attnum = i.indkey[0]
where t.relkind in ('r', 'm') and not t.relrowsecurity
    and has_column_privilege(t.oid, a.attnum, 'SELECT')
order by 1, 2, 3
