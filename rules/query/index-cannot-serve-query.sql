/*
id = "index-cannot-serve-query"
title = "Index looks right for a query and cannot serve it"
category = "query"
severity = "warning"
needs = ["indexes", "index_columns", "plan_nodes", "query_predicates"]
why = """
An index serves only the operators of its operator class, on exactly the expression it was built on. An index that just
misses the query takes space and slows every write while the query goes on reading the whole table. Not reported: an
index that the plan of another registered query uses. It is right to ignore where queries that are not registered use it.
"""
references = [
    "https://www.postgresql.org/docs/current/indexes-opclass.html",
    "https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING",
    "https://www.postgresql.org/docs/current/indexes-partial.html",
]
[options]
min_rows = 5000
*/
with scanned as (
    select n.query, coalesce(p.parent_schemaname, n.schemaname) as schemaname,
        coalesce(p.parent_tablename, n.relation_name) as tablename, bool_or(n.variant = 'generic') as is_generic
    from plan_nodes as n
    left join partitions as p on p.schemaname = n.schemaname and p.tablename = n.relation_name
    where n.node_type = 'Seq Scan'
    group by all
    having sum(n.rows_read) / count(distinct n.variant) >= $min_rows
),
asked as (
    select p.*, s.is_generic, bare_sql(p.expression) as bare, regexp_extract(p.value, '^''(.*)''', 1) as pattern,
        p.operator in ('=', 'in', '<', '<=', '>', '>=', '~~', '~~*', '@@') as is_comparison
    from query_predicates as p
    join scanned as s using (query, schemaname, tablename)
    where p.clause in ('where', 'join')
),
keys as (
    select i.*, k.position, k.attname, k.expression, k.opcname, k.is_c_collation, k.collation_name,
        coalesce(quote_ident(k.attname), k.expression) as key_sql, bare_sql(k.expression) as bare
    from indexes as i
    join index_columns as k on k.index_oid = i.oid and k.is_key
    where i.indisvalid and i.parent_oid is null and not exists (
        from plan_nodes as n
        join indexes as u on u.indexname = n.index_name
        where u.oid = i.oid or u.parent_oid = i.oid
    )
),
unimplied as (
    select k.oid, a.query, min(concat_ws(' ', a.expression, a.operator, a.value)) as said
    from keys as k
    join asked as a on a.schemaname = k.schemaname and a.tablename = k.tablename and mentions(k.predicate, a.attname)
    where a.operator in ('is true', 'is false') and not contains(k.predicate, upper(a.operator))
        or a.value_kind = 'parameter' and a.is_generic
    group by all
),
misfits as (
    select k.*, a.query, a.expression as asked_sql, a.operator, a.value, u.said, case
        when k.amname = 'gin' and k.attname = a.attname and a.shape = 'json' then 'json'
        when k.amname = 'gin' and k.attname = a.attname and a.shape = 'array' then 'member'
        when k.opcname = 'jsonb_path_ops' and k.attname = a.attname and a.operator in ('?', '?|', '?&') then 'exists'
        when k.bare like 'to_tsvector%' and a.operator in ('~~', '~~*') and a.shape = 'column'
            and mentions(k.expression, a.attname) and (a.value_kind = 'parameter' or regexp_matches(a.pattern, '^[%_]'))
            then 'text'
        when k.amname = 'btree' and k.position = 1 and k.attname = a.attname and a.shape = 'column'
            and (a.operator = '~~*' and regexp_matches(a.pattern, '[[:alpha:]]')
                or a.operator = '~~' and regexp_matches(a.pattern, '^[%_]')) then 'pattern'
        when k.amname = 'btree' and k.position = 1 and k.attname = a.attname and a.shape = 'column'
            and a.operator = '~~' and regexp_matches(a.pattern, '[^\\][%_]')
            and k.is_c_collation is not true and not contains(k.opcname, 'pattern_ops') then 'collation'
        when k.position = 1 and u.said is not null and (k.attname = a.attname and a.is_sargable or k.bare = a.bare)
            then 'predicate'
        when k.position = 1 and a.is_comparison and not contains(k.expression, '->')
            and (a.shape = 'column' and k.amname in ('btree', 'hash') and mentions(k.expression, a.attname)
                or split_part(k.bare, a.attname, 1) = split_part(a.bare, a.attname, 1)
                or k.bare like 'to_tsvector%' and a.bare like 'to_tsvector%')
            and k.bare not in (select b.bare from asked as b where b.query = a.query) then 'expression'
        when k.amname = 'btree' and k.position > 1 and k.attname = a.attname and a.is_sargable and a.is_comparison
            and not k.indisunique and not exists (
                from asked as b
                where b.query = a.query and b.tablename = a.tablename
                    and (b.attname = k.key_columns[1] or b.bare = bare_sql(k.key_columns[1]))
            ) then 'leading column'
        end as reason
    from keys as k
    join asked as a on a.schemaname = k.schemaname and a.tablename = k.tablename
    left join unimplied as u on u.oid = k.oid and u.query = a.query
),
told as (
    select *, if(contains(asked_sql, '->>'), '->>', '->') as arrow,
        case reason
            when 'json' then format('a GIN index on {} serves @>, not {}', key_sql, arrow)
            when 'member' then format('a GIN index on {0} serves {0} @> ARRAY[…], not … = ANY ({0})', key_sql)
            when 'exists' then format('its operator class jsonb_path_ops serves @>, not {}', operator)
            when 'text' then format('a full text index serves @@, not {}', written_operator(operator))
            when 'pattern' then format('a B-tree serves no {} {}', written_operator(operator), value)
            when 'collation' then format('a B-tree in collation {} serves no LIKE {}', collation_name, value)
            when 'predicate' then format('its WHERE {} does not follow from {}', predicate, said)
            when 'expression' then format('it is on {}, the query compares {}', key_sql, asked_sql)
            when 'leading column' then format('{} is its key {}, and nothing restricts its first key {}',
                key_sql, position, key_columns[1])
        end as problem,
        case reason
            when 'json' then format('write {} @> ''{{"key": "value"}}'' in the query, or index the expression ({})',
                key_sql, asked_sql)
            when 'member' then format('write {} @> ARRAY[…] in the query', key_sql)
            when 'exists' then format('build it with the default operator class: USING gin ({})', key_sql)
            when 'collation' then format('build it as ({} text_pattern_ops)', key_sql)
            when 'predicate' then format('write the condition as the index has it, without a parameter: {}', predicate)
            when 'expression' then format('compare {} in the query, or index {}', key_sql, asked_sql)
            when 'leading column' then format('build an index that begins with {}', key_sql)
            else format('build a trigram index (extension pg_trgm): USING gin ({} gin_trgm_ops); '
                'it needs three characters or more', asked_sql)
        end as remedy
    from misfits
    where reason is not null
)
select
    'index' as object_kind, schemaname as schema, tablename as "table", indexname as name, reason as key,
    format('{} ({}) cannot serve {}: {}', indexname, pretty_bytes(any_value(size_bytes)),
        array_to_string(list(distinct query order by query)[1:3], ', ')
            || if(count(distinct query) > 3, ' and others', ''),
        min(problem)) as message,
    {'queries': list(distinct query order by query), 'conditions': list(distinct asked_sql order by asked_sql),
        'size_bytes': any_value(size_bytes), 'definition': any_value(definition)} as evidence,
    case when reason = 'leading column' then 'possible' when reason in ('expression', 'predicate') then 'likely'
        else 'certain' end as confidence,
    min(remedy) as remedy
from told
group by schemaname, tablename, indexname, reason
order by schemaname, tablename, indexname, reason
