/*
id = "inactive-replication-slot"
title = "Replication slot without a consumer"
category = "replication"
severity = "warning"
needs = ["replication"]
why = """
A slot keeps all WAL that its consumer has not taken, and holds vacuum back, for as long as it exists. When the consumer is
gone for good, the disk fills and the server stops. It is right to ignore it while a consumer that was stopped for
maintenance is coming back; a slot that retains little is not reported. Set max_slot_wal_keep_size as a limit.
"""
references = [
    "https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS",
    "https://www.postgresql.org/docs/current/view-pg-replication-slots.html",
    "https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE",
]
[options]
min_retained_bytes = 1_000_000_000
min_xmin_age = 10_000_000
*/
select
    'database' as object_kind,
    name,
    'slot' as key,
    format('the {} replication slot {} has no consumer and {}', slot_type, name,
        case
            when state = 'lost' then 'has lost WAL that it needed: nobody can use it again'
            when xmin_age >= $min_xmin_age
                then format('holds vacuum back by {} transactions', pretty_count(xmin_age))
            else 'retains ' || pretty_bytes(replay_lag_bytes) || ' of WAL'
        end
    ) as message,
    {
        'slot_type': slot_type, 'wal_status': state, 'retained_bytes': replay_lag_bytes, 'xmin_age': xmin_age
    } as evidence,
    format('bring its consumer back, or drop it: SELECT pg_drop_replication_slot({})', quote_literal(name)) as remedy
from replication
where kind = 'slot' and not is_active
    and (replay_lag_bytes >= $min_retained_bytes or xmin_age >= $min_xmin_age or state = 'lost')
order by replay_lag_bytes desc, name
