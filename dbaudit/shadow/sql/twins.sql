-- The indexes of the twins: the OID of the index that each is a twin of, and its file.
select substr(c.relname, 2)::bigint, pg_relation_filepath(c.oid)
from pg_catalog.pg_class as c
where c.relnamespace = '"dbaudit twins"'::regnamespace and c.relkind = 'i'
