select p.pid
from pg_catalog.pg_stat_progress_create_index p
where p.relid = %s::int8::oid and p.datname = current_database()
