-- Replication slots, the WAL that each keeps, and how much more of it there may be before the slot
-- is lost (null without max_slot_wal_keep_size).
select
    s.slot_name::text,
    s.active,
    greatest(
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn), 0
    )::int8 as retained_bytes,
    s.safe_wal_size::int8
from pg_catalog.pg_replication_slots s
where s.restart_lsn is not null and s.wal_status <> 'lost'
order by retained_bytes desc, s.slot_name
