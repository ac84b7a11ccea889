select p.pid, p.index_relid::int8 as index_oid
from pg_catalog.pg_stat_progress_create_index p
where p.relid = %s::int8::oid and p.datname = current_database()
