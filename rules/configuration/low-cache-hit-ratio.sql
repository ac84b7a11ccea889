/*
id = "low-cache-hit-ratio"
title = "Few blocks are found in shared buffers"
category = "configuration"
severity = "info"
needs = ["databases", "settings"]
why = """
Blocks that are not in shared_buffers are asked of the operating system, which may still have them in its own cache, so a
low ratio alone does not prove slow reads. It does say that the working set is larger than shared_buffers, or that queries
read far more than they need: look at the largest sequential scans first. It is right to ignore it on a reporting database,
where large scans are the work. Judged only after a day of statistics and enough reads.
"""
references = [
    "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
    "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS",
]
[options]
min_ratio = 0.9
min_blocks = 10_000_000
min_stats_age_days = 1
*/
select
    'database' as object_kind,
    datname as name,
    format('{} of the blocks that {} asked for were in shared buffers ({}); {} were read from outside in {}',
        percent(blks_hit / (blks_hit + blks_read)), datname, pretty_bytes(s.setting_bytes),
        pretty_bytes(blks_read * block_size_bytes), pretty_seconds(stats_age_seconds)
    ) as message,
    {
        'ratio': round(blks_hit / (blks_hit + blks_read), 4), 'blks_hit': blks_hit, 'blks_read': blks_read,
        'shared_buffers_bytes': s.setting_bytes::bigint, 'stats_age_seconds': stats_age_seconds
    } as evidence,
    'possible' as confidence,
    'see which queries read most; where they need it, give shared_buffers a quarter of the memory' as remedy
from databases
cross join (select setting_bytes from settings where name = 'shared_buffers') as s
where is_current and blks_hit + blks_read >= $min_blocks and stats_age_seconds >= $min_stats_age_days * 86400
    and blks_hit < $min_ratio * (blks_hit + blks_read)
order by datname
