-- The folder of the first tablespace of some that is there, by name, else of the database's own;
-- empty for one in the data directory.
select pg_catalog.pg_tablespace_location(t.oid)
from pg_catalog.pg_tablespace t
left join unnest(%s::text[]) with ordinality as wanted (name, place) on wanted.name = t.spcname
where wanted.name is not null
    or t.oid = (select d.dattablespace from pg_catalog.pg_database d
                where d.datname = current_database())
order by wanted.place nulls last
limit 1
