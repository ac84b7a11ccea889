/*
id = "low-hot-update-ratio"
title = "Updates find no room on their page"
category = "table"
severity = "warning"
needs = ["tables", "indexes"]
why = """
An update that sets no indexed column needs no new index entries if its new row version fits on the same page (HOT), and the
old version can be cleaned up without vacuum. A table packed to a fill factor of 100 has no room there, so each update
writes to another page and to every index. Reported where most updates were not HOT and the server counted that they went
to another page (16 and newer), or where it cannot tell. Not reported where each update that is known, registered or
counted by pg_stat_statements, sets an indexed column: no fill factor makes those HOT, and it is right to ignore for them.
"""
references = [
    "https://www.postgresql.org/docs/current/storage-hot.html",
    "https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-FILLFACTOR",
]
[options]
min_updates = 1000
max_hot_ratio = 0.5
fillfactor = 85
least_fillfactor = 50
*/
with updated as (
    select *, n_tup_hot_upd / n_tup_upd as hot_ratio, n_tup_newpage_upd / n_tup_upd as newpage_ratio,
        heap_size_bytes / reltuples as row_bytes
    from tables
    where relkind = 'r' and fillfactor = 100 and n_tup_upd >= $min_updates and reltuples > 0
        and n_tup_upd >= reltuples / 100
),
assigned as (
    select u.oid, u.newpage_ratio is null as is_before_16,
        regexp_extract(w.text, '(?is)\bset\b(.*?)(\bwhere\b|\breturning\b|$)', 1) as set_part
    from updated as u
    join (select sql as text from queries union select query from statements) as w
        on regexp_matches(w.text, '(?i)\bupdate\b') and mentions(w.text, u.tablename)
),
hot_possible as (
    -- By table, whether a known update sets no column that an index holds; no row where none is known. BRIN does not
    -- count since 16.
    select a.oid, bool_or(not exists (
        from index_columns as k
        join indexes as i on i.oid = k.index_oid
        where i.table_oid = a.oid and (i.amname <> 'brin' or a.is_before_16) and regexp_matches(a.set_part,
            '(^|[^[:alnum:]_"])' || regexp_escape(quote_ident(k.attname)) || '\s*[=,)]')
    )) as is_possible
    from assigned as a
    where set_part <> ''
    group by a.oid
),
told as (
    select u.*, coalesce(i.indexes, 0) as index_count,
        -- As much room as one more row version takes, or the usual share where that is more.
        greatest(least($fillfactor, floor(100 - 100 * row_bytes / 8192)), $least_fillfactor)::int as new_fillfactor
    from updated as u
    left join (select table_oid, count(*) as indexes from indexes group by all) as i on i.table_oid = u.oid
    left join hot_possible as h on h.oid = u.oid
    where coalesce(h.is_possible, true) and hot_ratio <= $max_hot_ratio and coalesce(newpage_ratio > 1 - $max_hot_ratio, true)
)
select
    'table' as object_kind,
    schemaname as schema,
    tablename as name,
    format('{} of {} updates of {} were HOT{}: with fill factor 100 a new row version finds no room on its page'
        '{}', pretty_count(n_tup_hot_upd), pretty_count(n_tup_upd), tablename,
        if(newpage_ratio is null, '', format(', {} went to another page', pretty_count(n_tup_newpage_upd))),
        if(index_count = 0, '', format(' and needs an entry in {}',
            if(index_count = 1, 'its index', format('each of {} indexes', index_count))))) as message,
    {'n_tup_upd': n_tup_upd, 'n_tup_hot_upd': n_tup_hot_upd, 'n_tup_newpage_upd': n_tup_newpage_upd,
        'fillfactor': fillfactor, 'indexes': index_count, 'row_bytes': round(row_bytes)} as evidence,
    if(newpage_ratio is null, 'possible', 'likely') as confidence,
    format('set fillfactor = {}; it holds for pages filled from now on, so rewrite the table in a quiet hour (VACUUM '
        'FULL locks it) or let updates move the rows; the table grows by about {} %, and do not index a column that '
        'these updates set', new_fillfactor, round(10000 / new_fillfactor - 100)::int) as remedy,
    format('ALTER TABLE {} SET (fillfactor = {})', qualified(schemaname, tablename), new_fillfactor) as remedy_sql,
    format('ALTER TABLE {} RESET (fillfactor)', qualified(schemaname, tablename)) as undo_sql
from told
order by schemaname, tablename
