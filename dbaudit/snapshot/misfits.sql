-- Indexes that look right for a registered query and that its plan does not use, because they cannot
-- serve it: one macro for each way to miss. All give the same columns:
--   oid of the index, query, reason (a word), condition (of the query), problem and remedy (in words).

-- Which query uses which index; a partition's index counts for the one it is attached to.
create macro index_uses() as table
    select distinct n.query, coalesce(i.parent_oid, i.oid) as oid
    from plan_nodes as n
    join indexes as i on i.indexname = n.index_name;

-- Tables that a query reads in full, of `least` rows or more, with the filters of those scans.
create macro scanned_tables(least) as table
    select n.query, coalesce(p.parent_schemaname, n.schemaname) as schemaname,
        coalesce(p.parent_tablename, n.relation_name) as tablename, bool_or(n.variant = 'generic') as is_generic,
        string_agg(distinct n.filter, ' ' order by n.filter) as filter
    from plan_nodes as n
    left join partitions as p on p.schemaname = n.schemaname and p.tablename = n.relation_name
    where n.node_type = 'Seq Scan'
    group by all
    having sum(n.rows_read) / count(distinct n.variant) >= least;

-- The conditions of those queries on those tables; `pattern` is that of a LIKE.
create macro scanned_conditions(least) as table
    select p.*, s.is_generic, s.filter, bare_sql(p.expression) as bare,
        regexp_extract(p.value, '^''(.*)''', 1) as pattern,
        p.operator in ('=', 'in', '<', '<=', '>', '>=', '~~', '~~*', '@@') as is_comparison
    from query_predicates as p
    join scanned_tables(least) as s using (query, schemaname, tablename)
    where p.clause in ('where', 'join');

-- The keys of the valid indexes, as SQL and without what PostgreSQL adds when it prints an expression.
create macro index_keys() as table
    select i.*, k.position, k.attname, k.expression, k.opcname, k.is_c_collation, k.collation_name,
        k.is_descending, k.is_nulls_first, c.type as key_type,
        if(c.is_generated, c.default_expression, k.expression) as made_of,
        coalesce(quote_ident(k.attname), k.expression) as key_sql, bare_sql(k.expression) as bare
    from indexes as i
    join index_columns as k on k.index_oid = i.oid and k.is_key
    left join columns as c on c.schemaname = i.schemaname and c.tablename = i.tablename and c.attname = k.attname
    where i.indisvalid and i.parent_oid is null;

-- A key and a condition on the same column or expression's table, where the query does not use the index.
create macro missed_keys(least) as table
    select k.* exclude (schemaname, tablename), a.*
    from (
        select oid, schemaname, tablename, position, attname as key_attname, expression as key_expression, opcname,
            amname, is_c_collation, collation_name, key_type, key_sql, made_of, bare as key_bare, key_columns,
            indisunique
        from index_keys()
    ) as k
    join scanned_conditions(least) as a using (schemaname, tablename)
    anti join index_uses() as u on u.oid = k.oid and u.query = a.query;

-- The operator is none of the operator class's.
create macro operator_misfits(least) as table
    with missed as (
        select *, case
            when amname = 'gin' and key_attname = attname and shape = 'json' then 'json'
            when amname = 'gin' and key_attname = attname and shape = 'array' then 'member'
            when opcname = 'jsonb_path_ops' and key_attname = attname and operator in ('?', '?|', '?&') then 'exists'
            when contains(made_of, 'to_tsvector(') and operator in ('~~', '~~*') and shape = 'column'
                and mentions(made_of, attname)
                and (value_kind <> 'constant' or regexp_matches(pattern, '^[%_]')) then 'text'
            when amname = 'btree' and position = 1 and key_attname = attname and shape = 'column'
                and (operator = '~~*' and (value_kind = 'expression' or regexp_matches(pattern, '[[:alpha:]]'))
                    or operator = '~~' and regexp_matches(pattern, '^[%_]')) then 'pattern'
            when position = 1 and key_attname = attname and shape = 'column' and (
                amname = 'btree' and operator in ('@>', '<@', '&&', '?', '?|', '?&', '@@', '@?')
                or amname = 'hash' and operator in ('<', '<=', '>', '>=')) then 'method'
            end as reason
        from missed_keys(least)
    )
    select oid, query, reason, expression as condition, case reason
            when 'json' then format('a GIN index on {} serves @>, not {}', key_sql,
                if(contains(expression, '->>'), '->>', '->'))
            when 'member' then format('a GIN index on {0} serves {0} @> ARRAY[…], not … = ANY ({0})', key_sql)
            when 'exists' then format('its operator class jsonb_path_ops serves @>, not {}', operator)
            when 'text' then format('a full text index serves @@, not {}', written_operator(operator))
            when 'pattern' then format('a B-tree serves no {} {}', written_operator(operator), value)
            when 'method' then format(if(amname = 'hash', 'a hash index serves = alone, not {}', 'a B-tree serves no {}'),
                operator)
        end as problem,
        case reason
            when 'json' then format('write {} @> ''{{"key": "value"}}'' in the query, or index the expression ({})',
                key_sql, expression)
            when 'member' then format('write {} @> ARRAY[…] in the query', key_sql)
            when 'exists' then format('build it with the default operator class: USING gin ({})', key_sql)
            when 'method' then format('build it USING {} ({})', case
                when amname = 'hash' then 'btree'
                when key_type like '%[]' or key_type in ('jsonb', 'tsvector') then 'gin'
                else 'gist' end, key_sql)
            else format('build a trigram index (extension pg_trgm): USING gin ({} gin_trgm_ops); '
                'it needs three characters or more', expression)
        end as remedy
    from missed
    where reason is not null;

-- The query compares something else than the key: another collation, type or expression, or a later key alone.
create macro key_misfits(least) as table
    with missed as (
        select *, case
            when amname = 'btree' and position = 1 and key_attname = attname and shape = 'column'
                and operator = '~~' and regexp_matches(pattern, '^[^%_].*[^\\][%_]')
                and is_c_collation is not true and not contains(opcname, 'pattern_ops') then 'prefix'
            when amname = 'btree' and position = 1 and key_attname = attname and shape = 'expression'
                and regexp_matches(expression, '(?i)\bcollate\b') then 'collation'
            when amname in ('btree', 'hash') and position = 1 and key_attname = attname and shape = 'column'
                and is_comparison and not contains(operator, '~') and key_type not like 'character varying%'
                and regexp_matches(filter, '\(' || regexp_escape(quote_ident(attname)) || '\)::\w') then 'type'
            when position = 1 and is_comparison and not contains(key_expression, '->')
                and (shape = 'column' and amname in ('btree', 'hash') and mentions(key_expression, attname)
                    or split_part(key_bare, attname, 1) = split_part(bare, attname, 1)
                    or key_bare like 'to_tsvector%' and bare like 'to_tsvector%')
                and key_bare not in (select b.bare from scanned_conditions(least) as b where b.query = m.query)
                then 'expression'
            when amname = 'btree' and position > 1 and key_attname = attname and is_sargable and is_comparison
                and not indisunique and not exists (
                    from scanned_conditions(least) as b
                    where b.query = m.query and b.tablename = m.tablename
                        and (b.attname = key_columns[1] or b.bare = bare_sql(key_columns[1]))
                ) then 'leading column'
            end as reason
        from missed_keys(least) as m
    )
    select oid, query, if(reason = 'prefix', 'collation', reason) as reason, expression as condition, case reason
            when 'prefix' then format('a B-tree in collation {} serves no LIKE {}', collation_name, value)
            when 'collation' then format('it is in collation {}, the query compares {}', collation_name, expression)
            when 'type' then format('{0} is {1}, the value is not, so the server compares {2}', key_sql, key_type,
                regexp_extract(filter, '\(' || regexp_escape(quote_ident(attname)) || '\)::[a-z ]+[a-z]'))
            when 'expression' then format('it is on {}, the query compares {}', key_sql, expression)
            when 'leading column' then format('{} is its key {}, and nothing restricts its first key {}',
                key_sql, position, key_columns[1])
        end as problem,
        case reason
            when 'prefix' then format('build it as ({} text_pattern_ops)', key_sql)
            when 'collation' then format('leave COLLATE out of the condition, or build it as ({})', expression)
            when 'type' then format('give the value the type of {}: {}', key_sql, key_type)
            when 'expression' then format('compare {} in the query, or index {}', key_sql, expression)
            when 'leading column' then format('build an index that begins with {}', key_sql)
        end as remedy
    from missed
    where reason is not null;

-- A partial index whose WHERE does not follow from the query's: x IS FALSE is not NOT x to the planner, and of
-- a parameter it knows nothing. The query reads the whole table, or takes another index that is not unique.
create macro predicate_misfits(least) as table
    with unimplied as (
        select k.*, p.query, min(concat_ws(' ', p.expression, p.operator, p.value)) as said
        from index_keys() as k
        join query_predicates as p on p.schemaname = k.schemaname and p.tablename = k.tablename
        left join scanned_tables(least) as s
            on s.query = p.query and s.schemaname = p.schemaname and s.tablename = p.tablename
        where k.position = 1 and p.clause in ('where', 'join') and mentions(k.predicate, p.attname)
            and (p.operator in ('is true', 'is false') and not contains(k.predicate, upper(p.operator))
                or p.value_kind = 'parameter' and s.is_generic)
            and (s.query is not null or exists (
                from index_uses() as u
                join indexes as i on i.oid = u.oid
                join tables as t on t.oid = i.table_oid
                where u.query = p.query and i.table_oid = k.table_oid and i.predicate is null
                    and not i.indisunique and t.reltuples >= least
            ))
        group by all
    )
    select k.oid, k.query, 'predicate' as reason, k.said as condition,
        format('its WHERE {} does not follow from {}', k.predicate, k.said) as problem,
        format('write the condition as the index has it, without a parameter: {}', k.predicate) as remedy
    from unimplied as k
    anti join index_uses() as u on u.oid = k.oid and u.query = k.query
    where exists (
        from query_predicates as p
        where p.query = k.query and p.schemaname = k.schemaname and p.tablename = k.tablename
            and p.clause in ('where', 'join') and (p.attname = k.attname and p.is_sargable or bare_sql(p.expression) = k.bare)
    );

-- The key would give the order that the query asks for, but has its nulls at the other end.
create macro order_misfits(least) as table
    with asked as (
        select query, schemaname, tablename, attname, is_descending,
            coalesce(is_nulls_first, is_descending) as is_nulls_first,
            expression || if(is_descending, ' DESC', '')
                || case when is_nulls_first = is_descending then '' when is_nulls_first then ' NULLS FIRST'
                    else ' NULLS LAST' end as wanted
        from query_predicates
        where clause = 'order' and position = 1 and attname is not null
    )
    select k.oid, a.query, 'nulls' as reason, a.wanted as condition,
        format('ORDER BY {} wants nulls {}, its key {} has them {} in that direction', a.wanted,
            if(a.is_nulls_first, 'first', 'last'), k.key_sql, if(a.is_nulls_first, 'last', 'first')) as problem,
        format('build it as ({}), or leave NULLS {} out of the query where nulls do not matter', a.wanted,
            if(a.is_nulls_first, 'FIRST', 'LAST')) as remedy
    from index_keys() as k
    join asked as a using (schemaname, tablename, attname)
    anti join index_uses() as u on u.oid = k.oid and u.query = a.query
    where k.amname = 'btree' and (k.is_descending = a.is_descending) <> (k.is_nulls_first = a.is_nulls_first)
        and exists (from plan_nodes as n where n.query = a.query and n.node_type = 'Sort')
        and exists (from scanned_tables(least) as s where s.query = a.query and s.tablename = a.tablename)
        and not exists (
            from unnest(k.key_columns[1:k.position - 1]) as before(key)
            where before.key not in (
                select p.attname from query_predicates as p
                where p.query = a.query and p.operator = '=' and p.attname is not null)
        );

create macro index_misfits(least) as table
    from operator_misfits(least)
    union all from key_misfits(least)
    union all from predicate_misfits(least)
    union all from order_misfits(least);
