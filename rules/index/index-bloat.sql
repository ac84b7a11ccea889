/*
id = "index-bloat"
title = "Index is bloated"
category = "index"
severity = "warning"
needs = ["index_bloat", "indexes"]
why = """
Entries of deleted rows leave holes in a B-tree that only new keys of the same range fill. A bloated index is read more
slowly, takes more of the cache, and more disk. The waste is estimated from the planner's statistics, against what REINDEX
would leave; fill factor and deduplication are accounted for. It is right to ignore it when the table grows back soon: the
holes are then used again.
"""
references = [
    "https://www.postgresql.org/docs/current/routine-reindex.html",
    "https://github.com/ioguix/pgsql-bloat-estimation",
]
[options]
min_wasted_bytes = 10_000_000
min_wasted_ratio = 0.5
*/
select
    'index' as object_kind,
    b.schemaname as schema,
    b.tablename as "table",
    b.indexname as name,
    format('about {} of {} on {} is waste: {} of {}',
        percent(b.wasted_ratio), b.indexname, b.tablename, pretty_bytes(b.wasted_bytes), pretty_bytes(b.size_bytes)
    ) as message,
    {
        'size_bytes': b.size_bytes, 'expected_bytes': b.expected_bytes, 'wasted_bytes': b.wasted_bytes,
        'wasted_ratio': round(b.wasted_ratio, 3)
    } as evidence,
    'likely' as confidence,
    'build it anew beside the old one; that takes ' || pretty_bytes(b.expected_bytes) || ' meanwhile' as remedy,
    if(i.indisexclusion, null, 'REINDEX INDEX CONCURRENTLY ' || qualified(b.schemaname, b.indexname)) as remedy_sql
from index_bloat as b
join indexes as i on i.schemaname = b.schemaname and i.indexname = b.indexname
where b.is_reliable and i.indisvalid and not i.is_being_built
    and b.wasted_bytes >= $min_wasted_bytes and b.wasted_ratio >= $min_wasted_ratio
order by b.wasted_bytes desc, b.schemaname, b.indexname
