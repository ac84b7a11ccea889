select p.phase::text, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total
from pg_catalog.pg_stat_progress_create_index p
where p.pid = %s
