/*
id = "low-selectivity-index"
title = "Index on a column of few values"
category = "index"
severity = "info"
needs = ["indexes", "index_columns", "column_stats", "tables", "constraints"]
why = """
Where each of a column's values stands in a good part of the rows, an index on it alone finds so many that the planner
rather reads the table; at most it is combined with another index. Not reported: unique and partial indexes, those that
find the rows of a foreign key, and one that the plan of a registered query uses by itself. It is right to ignore where a
query asks for nothing but the column, or for a value that does not occur yet.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-bitmap-scans.html",
    "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
]
[options]
min_rows = 10000
max_distinct = 20
min_share = 0.05
*/
with coarse as (
    select i.*, k.attname, t.reltuples, s.n_distinct, list_min(s.most_common_freqs) as least_share
    from indexes as i
    join index_columns as k on k.index_oid = i.oid and k.position = 1 and k.attname is not null
    join tables as t on t.oid = i.table_oid
    join column_stats as s on s.schemaname = i.schemaname and s.tablename = i.tablename and s.attname = k.attname
        and s.inherited = (t.relkind = 'p')
    where i.indnkeyatts = 1 and len(i.include_columns) = 0 and i.predicate is null and i.amname in ('btree', 'hash')
        and i.indisvalid and not i.is_being_built and i.parent_oid is null and i.extname is null
        and not (i.indisunique or i.indisclustered or i.indisreplident or i.is_fk_target or i.conname is not null)
        and t.reltuples >= $min_rows and s.n_distinct between 1 and $max_distinct
        -- The common values are all there are, and the rarest of them is not rare.
        and list_sum(s.most_common_freqs) + s.null_frac >= 0.99 and list_min(s.most_common_freqs) >= $min_share
),
enough_alone as (
    select distinct coalesce(i.parent_oid, i.oid) as oid
    from plan_nodes as n
    left join plan_nodes as p on p.query = n.query and p.variant = n.variant and p.node_id = n.parent_id
    join indexes as i on i.indexname = n.index_name and i.schemaname = coalesce(n.schemaname, i.schemaname)
    where n.node_type in ('Index Scan', 'Index Only Scan')
        or n.node_type = 'Bitmap Index Scan' and p.node_type <> 'BitmapAnd'
),
companions as (
    select c.oid, b.attname, count(distinct b.query) as queries
    from coarse as c
    join query_predicates as a on a.schemaname = c.schemaname and a.tablename = c.tablename and a.attname = c.attname
        and a.clause = 'where' and a.operator = '=' and a.is_sargable
    join query_predicates as b on b.query = a.query and b.schemaname = a.schemaname and b.tablename = a.tablename
        and b.attname <> a.attname and b.clause in ('where', 'order') and b.is_sargable
    group by all
),
told as (
    select c.*, first(m.attname order by m.queries desc, m.attname) as companion
    from coarse as c
    left join companions as m using (oid)
    where c.oid not in (select oid from enough_alone) and not exists (
        from constraints as f
        where f.contype = 'f' and f.schemaname = c.schemaname and f.tablename = c.tablename
            and serves_columns(c.key_columns, c.amname, c.predicate, f.columns)
    )
    group by all
)
select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('{} ({}) is on {}, which has {} values, each in {} of the {} rows or more{}', indexname,
        pretty_bytes(size_bytes), attname, n_distinct::int, percent(least_share), pretty_count(reltuples),
        if(companion is null, '', format('; an index on ({}, {}) would find the rows that queries ask for',
            quote_ident(attname), quote_ident(companion)))) as message,
    {'n_distinct': n_distinct, 'least_share': least_share, 'size_bytes': size_bytes, 'idx_scan': idx_scan} as evidence,
    'likely' as confidence,
    'drop it, unless the plan of a query that matters uses it' as remedy,
    case when relkind = 'i' then 'DROP INDEX CONCURRENTLY ' || qualified(schemaname, indexname) end as remedy_sql,
    case when relkind = 'i' then built_concurrently(definition) end as undo_sql
from told
order by schemaname, tablename, indexname
