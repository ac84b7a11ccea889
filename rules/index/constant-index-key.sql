/*
id = "constant-index-key"
title = "Partial index whose leading key is constant"
category = "index"
severity = "info"
needs = ["indexes"]
why = """
The predicate of a partial index already says what its leading key is, as in (flag) WHERE flag: every entry has the same
key, which narrows nothing. Every scan reads all entries and filters by other columns in the heap. Keep the predicate and
put the columns first that the queries compare or sort by. A unique index is not reported: (flag) WHERE flag allows one
such row. It is right to ignore it when the queries fetch or count all rows of the predicate and nothing else.
"""
references = ["https://www.postgresql.org/docs/current/indexes-partial.html"]
*/
with partial as (
    select
        *,
        key_columns[1] as key,
        -- As pg_get_expr writes it: an expression in its parentheses; varchar cast to text.
        regexp_escape(if(vector(indkey)[1] = 0, key_columns[1], quote_ident(key_columns[1])))
            || '\)*(::text)?' as key_pattern
    from indexes
    where amname = 'btree' and predicate is not null and not indisunique and indisvalid
        and parent_oid is null and extname is null and not contains(predicate, ' OR ')
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    format('every entry of {} on {} ({}) has the same leading key {}: WHERE {} fixes it',
        indexname, tablename, pretty_bytes(size_bytes), key, predicate) as message,
    {'key_columns': key_columns, 'predicate': predicate, 'size_bytes': size_bytes, 'idx_scan': idx_scan} as evidence,
    if(indnkeyatts > 1,
        format('build it on ({}) with the same predicate, then drop this one', array_to_string(key_columns[2:], ', ')),
        'keep the predicate; as key take the columns that its queries compare or sort by'
    ) as remedy
from partial
where regexp_matches(
        predicate,
        '(^\(*|AND \(*)' || key_pattern || ' (= (''([^'']|'''')*''(::[a-z ]+)?|\(?-?[0-9.]+\)?(::[a-z]+)?|true|false)|IS NULL|IS TRUE|IS FALSE)(\)|$)'
    )
    or regexp_matches(predicate, '(^\(*|AND \(*)(NOT )?\(*' || key_pattern || '($|\)$| AND |\) AND )')
order by schemaname, tablename, indexname
