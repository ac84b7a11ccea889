/*
id = "table-bloat"
title = "Table is bloated"
category = "table"
severity = "warning"
needs = ["table_bloat", "tables"]
why = """
Vacuum frees the space of dead rows for new ones but seldom gives it back. A table that is mostly holes is read slowly by
every sequential scan and fills the cache with nothing. The waste is estimated from the planner's statistics; the fill
factor's reserve and alignment are not counted as waste. It is right to ignore it when the table grows back soon: the holes
are then used again.
"""
references = [
    "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
    "https://github.com/ioguix/pgsql-bloat-estimation",
    "https://github.com/bucardo/check_postgres",
]
[options]
min_wasted_bytes = 10_000_000
min_wasted_ratio = 0.5
large_wasted_bytes = 1_000_000_000
large_wasted_ratio = 0.25
*/
select
    'table' as object_kind,
    b.schemaname as schema,
    b.tablename as name,
    format('about {} of {} is waste: {} of {}{}',
        percent(b.wasted_ratio), b.tablename, pretty_bytes(b.wasted_bytes), pretty_bytes(b.size_bytes),
        if(t.n_dead_tup > t.n_live_tup,
            format('; {} dead rows wait for vacuum', pretty_count(t.n_dead_tup)), '')
    ) as message,
    {
        'size_bytes': b.size_bytes, 'expected_bytes': b.expected_bytes, 'wasted_bytes': b.wasted_bytes,
        'wasted_ratio': round(b.wasted_ratio, 3), 'n_dead_tup': t.n_dead_tup,
        'vacuum_age_seconds': t.vacuum_age_seconds
    } as evidence,
    'likely' as confidence,
    format(
        'rewrite it with pg_repack, or in a quiet hour with VACUUM FULL, which locks it; that takes {} meanwhile',
        pretty_bytes(b.expected_bytes)
    ) as remedy
from table_bloat as b
join tables as t on t.schemaname = b.schemaname and t.tablename = b.tablename
where b.is_reliable
    and (
        (b.wasted_bytes >= $min_wasted_bytes and b.wasted_ratio >= $min_wasted_ratio)
        or (b.wasted_bytes >= $large_wasted_bytes and b.wasted_ratio >= $large_wasted_ratio)
    )
order by b.wasted_bytes desc, b.schemaname, b.tablename
