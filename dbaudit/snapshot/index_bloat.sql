-- Expected size of a B-tree index after REINDEX, against its size.
--
-- The method is ioguix/pgsql-bloat-estimation's: mean widths from the planner's statistics, constants from
-- PostgreSQL's source. Added here: deduplication, nulls, alignment between columns, high keys, internal pages.
--   page header 24, special space 16 (BTPageOpaqueData), one metapage (nbtree.h), line pointer 4
--   entry: header 8, with a null in it 16 (IndexTupleData, IndexAttributeBitMapData, itup.h), rounded up to 8
--   a leaf page is full when less than block size * (100 - fillfactor) / 100 is free; the entry that finds it
--   full moves on, and its key stays as the high key (_bt_buildadd, nbtsort.c)
--   internal pages are filled to 70 % (BTREE_NONLEAF_FILLFACTOR)
--   REINDEX does not deduplicate a unique index, nor keys that can be equal and yet look different (_bt_load,
--   _bt_allequalimage); an index with INCLUDE columns is never deduplicated
with index_keys as (
    select
        x.*,
        contains(coalesce(i.predicate, ''), quote_ident(x.attname) || ' IS NOT NULL') as is_never_null
    from index_columns as x
    join indexes as i on i.oid = x.index_oid
    where i.amname = 'btree' and i.relkind = 'i'
),

widths as (
    select
        x.index_oid,
        x.position,
        x.is_key and x.is_equal_image as is_equal_image,
        if(x.is_never_null, 0, coalesce(s.null_frac, 0)) as null_frac,
        s.n_distinct,
        s.most_common_freqs,
        s.avg_width is not null as is_known,
        tuple_column(
            x.typlen,
            x.typalign,
            if(x.typlen > 0, x.typlen, coalesce(s.avg_width, 32)),
            if(x.is_never_null, 0, coalesce(s.null_frac, 0))
        ) as tuple_column
    from index_keys as x
    left join column_stats as s
        on s.schemaname = x.schemaname and not s.inherited
        and s.tablename = if(x.attname is null, x.indexname, x.tablename)
        and s.attname = coalesce(x.attname, x.index_attname)
),

tables_now as (
    select
        t.oid,
        t.reltuples,
        d.block_size_bytes,
        live_rows(t.reltuples, t.relpages, t.heap_size_bytes / d.block_size_bytes) as live_rows
    from tables as t
    cross join (select block_size_bytes from databases where is_current) as d
),

entries as (
    select
        i.oid,
        any_value(t.block_size_bytes) as block_size_bytes,
        any_value(
            case
                when i.predicate is null then t.live_rows
                when i.reltuples >= 0 and t.reltuples > 0 then i.reltuples * t.live_rows / t.reltuples
            end
        ) as entries,
        tuple_data(list(w.tuple_column order by w.position)) as data,
        1 - product(1 - w.null_frac) as has_nulls,
        -- Nulls are one more value; a column without statistics counts as unique.
        product(
            if(coalesce(w.n_distinct, -1) < 0, -coalesce(w.n_distinct, -1) * t.live_rows, w.n_distinct)
            + if(w.null_frac > 0, 1, 0)
        ) as distinct_keys,
        bool_and(w.is_equal_image) and not any_value(i.indisunique)
            and not any_value(
                regexp_matches(
                    coalesce(array_to_string(i.reloptions, ','), ''), 'deduplicate_items=(off|false|no|0)'
                )
            ) as is_deduplicated,
        bool_and(w.is_known and (i.predicate is null or w.null_frac = 0)) as is_known,
        if(count(*) = 1, any_value(w.null_frac), 0) as only_null_frac,
        if(count(*) = 1, coalesce(any_value(w.most_common_freqs), []), []) as common_freqs
    from indexes as i
    join tables_now as t on t.oid = i.table_oid
    join widths as w on w.index_oid = i.oid
    group by i.oid
),

keys as (
    select
        *,
        list_sum(common_freqs) as common_share,
        greatest(least(distinct_keys, entries) - len(common_freqs) - if(only_null_frac > 0, 1, 0), 1)
            as other_keys,
        if(
            only_null_frac > 0,
            max_aligned(8 + data.bytes / (1 - least(only_null_frac, 0.999)), data.granule),
            max_aligned(8 + has_nulls * 8 + data.bytes, data.granule)
        ) as key_bytes
    from entries
),

leaves as (
    select
        *,
        case
            when not is_deduplicated
                then entries * (4 + max_aligned(8 + has_nulls * 8 + data.bytes, data.granule))
            else coalesce(
                list_sum(
                    list_transform(
                        common_freqs, lambda share: posting_bytes(key_bytes, share * entries, block_size_bytes)
                    )
                ), 0)
                + if(only_null_frac > 0, posting_bytes(16, only_null_frac * entries, block_size_bytes), 0)
                + other_keys * posting_bytes(
                    key_bytes,
                    greatest(1 - only_null_frac - coalesce(common_share, 0), 0) * entries / other_keys,
                    block_size_bytes
                )
        end as leaf_bytes,
        if(
            is_deduplicated,
            least(key_bytes + 6 * greatest(entries / greatest(least(distinct_keys, entries), 1) - 1, 0),
                block_size_bytes / 10),
            key_bytes
        ) + 4 as entry_bytes
    from keys
),

pages as (
    select
        *,
        ceil(
            leaf_bytes / (
                least(
                    block_size_bytes - 40 - block_size_bytes * (100 - fillfactor) / 100
                    + (entry_bytes - key_bytes - 4) + entry_bytes / 2,
                    block_size_bytes - 48 - entry_bytes / 2
                ) - entry_bytes
            )
        ) as leaf_pages,
        (block_size_bytes - 40 - block_size_bytes * 0.3) / (key_bytes + 4) as fan_out
    from leaves
    join indexes using (oid)
),

expected as (
    select
        *,
        block_size_bytes * (
            1 + leaf_pages + if(leaf_pages > 1, ceil(leaf_pages / fan_out), 0)
            + if(leaf_pages > fan_out, ceil(leaf_pages / fan_out ^ 2), 0)
            + if(leaf_pages > fan_out ^ 2, ceil(leaf_pages / fan_out ^ 3), 0)
        ) as bytes
    from pages
)

select
    schemaname,
    tablename,
    indexname,
    size_bytes,
    coalesce(bytes, size_bytes)::bigint as expected_bytes,
    coalesce(greatest(size_bytes - bytes, 0), 0)::bigint as wasted_bytes,
    case when size_bytes > 0 then coalesce(greatest(size_bytes - bytes, 0), 0) / size_bytes else 0 end
        as wasted_ratio,
    coalesce(entries = 0 or is_known, false) and entries is not null as is_reliable
from expected
order by schemaname, tablename, indexname
