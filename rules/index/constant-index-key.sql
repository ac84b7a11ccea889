/*
id = "constant-index-key"
title = "Partial index with a constant key"
category = "index"
severity = "info"
needs = ["indexes", "tables"]
why = """
The predicate of a partial index already says what one of its keys is, as in (flag) WHERE flag: the key is the same in
every entry and narrows nothing. Where it is the only one, a scan reads all entries and filters in the heap. Keep the
predicate, leave the key out, and take the columns as keys that the queries compare or sort by. Where it is the first key
and nearly all rows are in the index, nobody looks for those rows by it: the few others are worth an index. A unique index
is not reported: (flag) WHERE flag allows one such row. It is right to ignore it when the queries fetch or count all rows of the
predicate and nothing else.
"""
references = ["https://www.postgresql.org/docs/current/indexes-partial.html"]
[options]
min_share = 0.8
*/
with keys as (
    select
        i.oid,
        k.position,
        i.key_columns[k.position] as key,
        i.predicate,
        -- As pg_get_expr writes it: an expression in its parentheses; varchar cast to text.
        regexp_escape(
            if(vector(i.indkey)[k.position] = 0, i.key_columns[k.position], quote_ident(i.key_columns[k.position]))
        ) || '\)*(::text)?' as pattern
    from indexes as i, unnest(range(1, i.indnkeyatts + 1)) as k(position)
    where i.amname = 'btree' and i.predicate is not null and not i.indisunique and i.indisvalid
        and i.parent_oid is null and i.extname is null and not contains(i.predicate, ' OR ')
),

constant as (
    select oid, list(key order by position) as constant_keys
    from keys
    where regexp_matches(
            predicate,
            '(^\(*|AND \(*)' || pattern
            || ' (= (''([^'']|'''')*''(::[a-z ]+)?|\(?-?[0-9.]+\)?(::[a-z]+)?|true|false)|IS NULL|IS TRUE|IS FALSE)(\)|$)'
        )
        or regexp_matches(predicate, '(^\(*|AND \(*)(NOT )?\(*' || pattern || '($|\)$| AND |\) AND )')
    group by oid
),

judged as (
    select
        i.*,
        c.constant_keys,
        if(t.reltuples > 0, least(i.reltuples / t.reltuples, 1), null) as share,
        share >= $min_share and list_contains(c.constant_keys, i.key_columns[1]) as is_inverted,
        list_filter(i.key_columns, lambda key: not list_contains(c.constant_keys, key)) as other_keys
    from constant as c
    join indexes as i on i.oid = c.oid
    join tables as t on t.oid = i.table_oid
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('every entry of {} on {} ({}) has the same {}: WHERE {} fixes it{}', indexname, tablename,
        pretty_bytes(size_bytes), array_to_string(constant_keys, ', '), predicate,
        if(is_inverted, ', and keeps ' || percent(share) || ' of the rows', '')) as message,
    {
        'constant_keys': constant_keys, 'key_columns': key_columns, 'predicate': predicate,
        'share_of_rows': share, 'size_bytes': size_bytes, 'idx_scan': idx_scan
    } as evidence,
    case
        when is_inverted then format('drop it, or turn it round for the rows that are few: {}WHERE NOT {}',
            if(len(other_keys) > 0, '(' || array_to_string(other_keys, ', ') || ') ', ''), predicate)
        when len(other_keys) > 0
            then format('build it on ({}) with the same predicate, then drop this one', array_to_string(other_keys, ', '))
        else 'keep the predicate; as key take the columns that its queries compare or sort by'
    end as remedy
from judged
order by schemaname, tablename, indexname
