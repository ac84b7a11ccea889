-- Extended statistics on tables. Parameter: a JSON array of the tables' [schema, name].
select n.nspname, s.stxname
from jsonb_array_elements(%s::jsonb) as pair
join pg_catalog.pg_namespace as tn on tn.nspname = pair ->> 0
join pg_catalog.pg_class as t on t.relnamespace = tn.oid and t.relname = pair ->> 1
join pg_catalog.pg_statistic_ext as s on s.stxrelid = t.oid
join pg_catalog.pg_namespace as n on n.oid = s.stxnamespace
order by n.nspname, s.stxname
