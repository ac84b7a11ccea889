/*
id = "unindexed-foreign-key"
title = "Foreign key without an index"
category = "table"
severity = "warning"
needs = ["constraints", "indexes", "tables", "column_stats"]
why = """
PostgreSQL indexes the referenced side of a foreign key, not the referencing one. Each delete on the referenced table, and
each update of its key, then reads the whole referencing table, once a row, and joins do so too. Any index whose leading
keys are the key's columns will do, in any order, also with WHERE ... IS NOT NULL; so does one led by a column of the key
that leaves few rows. It is right to ignore it where the referenced rows are never deleted and no query joins from there:
without deletes it is only told as information, as is a key whose index dbaudit apply built and took back, while that is
remembered, and one whose index the advisor leaves out, since registered writes would lose more by it. Small tables are
not reported.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
]
[options]
min_table_bytes = 1_000_000
max_rows_per_key = 100
*/
with recursive leaf as (
    select schemaname as root_schemaname, tablename as root_tablename, schemaname, tablename from tables
    union all
    select l.root_schemaname, l.root_tablename, p.schemaname, p.tablename
    from partitions as p
    join leaf as l on p.parent_schemaname = l.schemaname and p.parent_tablename = l.tablename
),

leaf_of_key as (
    select c.oid, c.columns, t.oid as leaf_oid, t.heap_size_bytes, t.reltuples, t.relkind = 'p' or t.is_locked as is_exempt
    from constraints as c
    join leaf as l on l.root_schemaname = c.schemaname and l.root_tablename = c.tablename
    join tables as t on t.schemaname = l.schemaname and t.tablename = l.tablename
    where c.contype = 'f' and not c.is_inherited
),

serving as (
    select k.oid, k.leaf_oid
    from leaf_of_key as k
    join indexes as i on i.table_oid = k.leaf_oid and i.indisvalid
    left join column_stats as s
        on s.schemaname = i.schemaname and s.tablename = i.tablename
        and s.attname = i.key_columns[1] and not s.inherited
    where serves_columns(i.key_columns, i.amname, i.predicate, k.columns)
        or (
            i.amname = 'btree' and list_contains(k.columns, i.key_columns[1])
            and (i.predicate is null or is_only_not_null(i.predicate, k.columns))
            and (
                (i.indisunique and list_has_all(k.columns, i.key_columns))
                or k.reltuples <= $max_rows_per_key * if(s.n_distinct < 0, -s.n_distinct * k.reltuples, s.n_distinct)
            )
        )
    group by k.oid, k.leaf_oid
),

-- Whether each table, or each partition of it, finds the key's rows by an index.
covered as (
    select
        k.oid,
        sum(k.heap_size_bytes) as heap_size_bytes,
        sum(greatest(k.reltuples, 0)) as reltuples,
        bool_and(k.is_exempt or s.oid is not null) as is_covered
    from leaf_of_key as k
    left join serving as s on s.oid = k.oid and s.leaf_oid = k.leaf_oid
    group by k.oid
),

uncovered as (
    select
        c.*,
        v.heap_size_bytes,
        v.reltuples,
        t.relkind,
        coalesce(p.n_tup_del, 0) as parent_deletes,
        new_index_name(c.tablename, c.columns) as proposed_name
    from covered as v
    join constraints as c on c.oid = v.oid
    join tables as t on t.schemaname = c.schemaname and t.tablename = c.tablename
    left join tables as p
        on p.schemaname = c.referenced_schemaname and p.tablename = c.referenced_tablename
    where not v.is_covered and v.heap_size_bytes >= $min_table_bytes and t.extname is null
),

named as (
    select
        u.*,
        (
            select any_value(b.reason)
            from (
                select * from taken_back_indexes
                union all by name
                select * exclude (queries, gains) from refused_indexes where gains
            ) as b
            where b.schemaname = u.schemaname and b.tablename = u.tablename
                and serves_columns(b.key_columns, b.amname, b.predicate, u.columns)
        ) as left_out,
        if(x.oid is null, u.proposed_name, new_index_name(u.tablename, list_concat(['fk'], u.columns))) as index_name,
        -- Two foreign keys on the same columns need one index.
        row_number() over (partition by u.schemaname, u.tablename, u.columns order by u.conname) as rank
    from uncovered as u
    left join indexes as x on x.schemaname = u.schemaname and x.indexname = u.proposed_name
)

select
    'table' as object_kind,
    schemaname as schema,
    tablename as name,
    array_to_string(columns, ',') as key,
    if(parent_deletes > 0 and left_out is null, null, 'info') as severity,
    format('{} ({}) references {} without an index: {} the whole table ({}){}',
        tablename, array_to_string(columns, ', '), referenced_tablename,
        if(parent_deletes > 0,
            format('each of {} deletes there read', pretty_count(parent_deletes)),
            'a delete there would read'),
        pretty_bytes(heap_size_bytes), coalesce('; ' || left_out, '')
    ) as message,
    {
        'constraint': conname, 'columns': columns, 'referenced_table': referenced_tablename,
        'referenced_deletes': parent_deletes, 'heap_size_bytes': heap_size_bytes, 'reltuples': reltuples
    } as evidence,
    case
        when left_out is not null
            then 'register the deletes on ' || referenced_tablename || ', so that its index is weighed by them too'
        when relkind = 'p'
            then 'index each partition concurrently, then attach them to an index made ON ONLY the partitioned table'
        else 'build the index'
    end as remedy,
    if(relkind = 'r' and left_out is null,
        format('CREATE INDEX CONCURRENTLY {} ON {} ({})',
            quote_ident(index_name), qualified(schemaname, tablename), quote_idents(columns)),
        null) as remedy_sql,
    if(relkind = 'r' and left_out is null,
        'DROP INDEX CONCURRENTLY ' || qualified(schemaname, index_name), null) as undo_sql
from named
where rank = 1
order by schemaname, tablename, conname
