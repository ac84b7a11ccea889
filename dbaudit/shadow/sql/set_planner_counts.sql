-- Parameter: a JSON array of [oid, relpages, reltuples, relallvisible].
update pg_catalog.pg_class as c
set relpages = (count ->> 1)::int,
    reltuples = (count ->> 2)::real,
    relallvisible = (count ->> 3)::int
from jsonb_array_elements(%s::jsonb) as count
where c.oid = (count ->> 0)::oid
