-- One row a column of each index with what its size depends on. Parameter: index OIDs.
-- An expression has statistics of its own once analysed; before, those of the column in it.
select
    i.indexrelid::bigint,
    am.amname,
    i.indrelid::bigint,
    a.attnum <= i.indnkeyatts as is_key,
    a.attlen,
    case a.attalign when 'c' then 1 when 's' then 2 when 'i' then 4 else 8 end,
    coalesce(own.stawidth, used.width, case when a.attlen > 0 then a.attlen else 32 end),
    coalesce(own.stanullfrac, used.null_frac, 0)::float8,
    opc.opcname,
    coalesce(
        (select option_value from pg_options_to_table(c.reloptions) where option_name = 'fillfactor'),
        '0'
    )::int,
    coalesce(
        (
            select option_value from pg_options_to_table(c.reloptions)
            where option_name = 'pages_per_range'
        ), '128'
    )::int,
    coalesce(
        (
            select option_value from pg_options_to_table(c.reloptions)
            where option_name = 'deduplicate_items'
        ), 'on'
    )::bool
    and exists (
        -- support function 4 of B-tree is "equalimage": equal keys are identical bytes
        select from pg_catalog.pg_amproc as p
        where p.amprocfamily = opc.opcfamily and p.amproclefttype = opc.opcintype
            and p.amprocrighttype = opc.opcintype and p.amprocnum = 4
    )
    and coalesce(coll.collisdeterministic, true) as is_equalimage,
    coalesce(array_length(elements.most_common_elems, 1), 0),
    elements.most_common_elem_freqs::float8[],
    elements.elem_count_histogram[array_length(elements.elem_count_histogram, 1)]::float8
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid and c.relkind = 'i'
join pg_catalog.pg_am as am on am.oid = c.relam
join pg_catalog.pg_attribute as a on a.attrelid = i.indexrelid
left join pg_catalog.pg_opclass as opc on opc.oid = i.indclass[a.attnum - 1]
left join pg_catalog.pg_collation as coll on coll.oid = a.attcollation
left join lateral (
    select s.stawidth, s.stanullfrac
    from pg_catalog.pg_statistic as s
    where not s.stainherit and (s.starelid, s.staattnum) = (
        case when i.indkey[a.attnum - 1] > 0 then i.indrelid else i.indexrelid end,
        case when i.indkey[a.attnum - 1] > 0 then i.indkey[a.attnum - 1] else a.attnum end
    )
) as own on true
left join lateral (
    select max(s.stawidth) as width, max(s.stanullfrac) as null_frac
    from pg_catalog.pg_depend as d
    join pg_catalog.pg_statistic as s
        on s.starelid = i.indrelid and s.staattnum = d.refobjsubid and not s.stainherit
    where i.indkey[a.attnum - 1] = 0 and a.attlen < 0
        and d.classid = 'pg_catalog.pg_class'::regclass and d.objid = i.indexrelid
        and d.refobjid = i.indrelid and d.refobjsubid <> all (i.indkey)
) as used on true
left join lateral (
    select st.most_common_elems, st.most_common_elem_freqs, st.elem_count_histogram
    from pg_catalog.pg_stats as st
    join pg_catalog.pg_class as tc on tc.oid = i.indrelid and tc.relname = st.tablename
    join pg_catalog.pg_namespace as tn
        on tn.oid = tc.relnamespace and tn.nspname = st.schemaname
    join pg_catalog.pg_attribute as ta
        on ta.attrelid = tc.oid and ta.attname = st.attname
        and ta.attnum = i.indkey[a.attnum - 1]
    where am.amname = 'gin' and not st.inherited
) as elements on true
where i.indexrelid = any(%s::oid[])
order by i.indexrelid, a.attnum
