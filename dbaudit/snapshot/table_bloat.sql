-- Expected size of a table packed to its fill factor, against the size of its main fork.
--
-- The method is check_postgres's (bucardo/check_postgres) and ioguix/pgsql-bloat-estimation's: mean widths
-- from the planner's statistics, constants from PostgreSQL's source. Added here: alignment between columns,
-- short headers of variable-length values, the chance that a row has a null bitmap.
--   page header 24 (SizeOfPageHeaderData, bufpage.h), line pointer 4 (ItemIdData, itemid.h)
--   tuple header 23 and the null bitmap, rounded up to 8 (SizeofHeapTupleHeader, htup_details.h)
--   free space kept by the fill factor: block size * (100 - fillfactor) / 100 (RelationGetTargetPageFreeSpace, rel.h)
--   TOAST is not counted: avg_width is of the value as it stands in the main fork, 18 bytes for a pointer.
with widths as (
    select
        c.schemaname,
        c.tablename,
        c.attnum,
        tuple_column(
            c.typlen,
            c.typalign,
            -- 32: what the planner takes for an unknown width (get_typavgwidth, lsyscache.c)
            case when c.typlen > 0 then c.typlen else coalesce(s.avg_width, 32) end,
            case when c.not_null then 0 else coalesce(s.null_frac, 0) end
        ) as tuple_column,
        s.avg_width is not null or (c.typlen > 0 and c.not_null) as is_known
    from columns as c
    left join column_stats as s
        on s.schemaname = c.schemaname and s.tablename = c.tablename and s.attname = c.attname
        and not s.inherited
),

rows_of_tables as (
    select
        schemaname,
        tablename,
        tuple_data(list(tuple_column order by attnum)) as data,
        1 - product(1 - tuple_column.null_frac) as has_nulls,
        max(attnum) as natts,
        bool_and(is_known) as is_known
    from widths
    group by schemaname, tablename
),

packed as (
    select
        t.schemaname,
        t.tablename,
        t.heap_size_bytes as size_bytes,
        d.block_size_bytes,
        live_rows(t.reltuples, t.relpages, t.heap_size_bytes / d.block_size_bytes) as live_rows,
        not t.is_locked and coalesce(r.is_known, true) as is_known,
        coalesce(r.data.granule, 0) = 0 as is_exact,
        d.block_size_bytes - 24 - d.block_size_bytes * (100 - t.fillfactor) / 100 as page_bytes,
        4 + max_aligned(
            24 + coalesce(r.has_nulls * (ceil((23 + ceil(r.natts / 8)) / 8) * 8 - 24), 0)
            + coalesce(r.data.bytes, 0),
            coalesce(if(r.has_nulls > 0 and r.natts > 8 and r.data.granule = 0, 8, r.data.granule), 0)
        ) as row_bytes
    from tables as t
    left join rows_of_tables as r on r.schemaname = t.schemaname and r.tablename = t.tablename
    cross join (select block_size_bytes from databases where is_current) as d
    where t.relkind in ('r', 'm')
),

expected as (
    select
        *,
        -- The end of a page stays empty where the next row does not fit: half a row where lengths vary.
        greatest(1, if(is_exact, floor(page_bytes / row_bytes), (page_bytes - row_bytes / 2) / row_bytes))
            as rows_a_page
    from packed
)

select
    schemaname,
    tablename,
    size_bytes,
    bytes::bigint as expected_bytes,
    greatest(size_bytes - bytes, 0)::bigint as wasted_bytes,
    case when size_bytes > 0 then greatest(size_bytes - bytes, 0) / size_bytes else 0 end as wasted_ratio,
    coalesce(live_rows = 0 or (live_rows > 0 and is_known), false) as is_reliable
from (
    select *, coalesce(ceil(live_rows / rows_a_page) * block_size_bytes, size_bytes) as bytes
    from expected
)
order by schemaname, tablename
