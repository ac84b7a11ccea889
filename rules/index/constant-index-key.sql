/*
id = "constant-index-key"
title = "Partial index with a constant key"
category = "index"
severity = "info"
needs = ["indexes"]
why = """
The predicate of a partial index already says what one of its keys is, as in (flag) WHERE flag: the key is the same in
every entry and narrows nothing. Where it is the only one, a scan reads all entries and filters in the heap. Keep the
predicate, leave the key out, and take the columns as keys that the queries compare or sort by. A unique index is not
reported: (flag) WHERE flag allows one such row. It is right to ignore it when the queries fetch or count all rows of the
predicate and nothing else.
"""
references = ["https://www.postgresql.org/docs/current/indexes-partial.html"]
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
        list_filter(i.key_columns, lambda key: not list_contains(c.constant_keys, key)) as other_keys
    from constant as c
    join indexes as i on i.oid = c.oid
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('every entry of {} on {} ({}) has the same {}: WHERE {} fixes it',
        indexname, tablename, pretty_bytes(size_bytes), array_to_string(constant_keys, ', '), predicate) as message,
    {
        'constant_keys': constant_keys, 'key_columns': key_columns, 'predicate': predicate,
        'size_bytes': size_bytes, 'idx_scan': idx_scan
    } as evidence,
    if(len(other_keys) > 0,
        format('build it on ({}) with the same predicate, then drop this one', array_to_string(other_keys, ', ')),
        'keep the predicate; as key take the columns that its queries compare or sort by'
    ) as remedy
from judged
order by schemaname, tablename, indexname
