/*
id = "table-without-primary-key"
title = "Table has no primary key"
category = "table"
severity = "info"
needs = ["tables", "indexes", "columns"]
why = """
Without a primary key a row cannot be named: duplicates come in, logical replication cannot send its updates and deletes,
and many tools refuse the table. It is right to ignore it for logs that are only appended to and for tables that are loaded
and emptied. Unlogged tables, partitions and tables of extensions are not reported.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",
    "https://www.postgresql.org/docs/current/logical-replication-publication.html",
]
*/
with never_null as (
    select schemaname, tablename, list(attname) as attnames from columns where not_null group by schemaname, tablename
),

key_candidates as (
    select i.table_oid, min(i.indexname) as indexname
    from indexes as i
    join never_null as n on n.schemaname = i.schemaname and n.tablename = i.tablename
    where i.indisunique and i.indisvalid and i.indimmediate and i.predicate is null and not i.has_expressions
        and list_has_all(n.attnames, i.key_columns)
    group by i.table_oid
)

select
    'table' as object_kind,
    t.schemaname as schema,
    t.tablename as name,
    format('{} has no primary key ({} rows){}', t.tablename, pretty_count(greatest(t.n_live_tup, 0)),
        if(k.indexname is not null, format('; its unique index {} could be one', k.indexname), '')) as message,
    {'n_live_tup': t.n_live_tup, 'total_size_bytes': t.total_size_bytes, 'unique_index': k.indexname} as evidence,
    if(k.indexname is not null,
        format('make it one: ALTER TABLE {} ADD PRIMARY KEY USING INDEX {}',
            qualified(t.schemaname, t.tablename), quote_ident(k.indexname)),
        'choose the columns that name a row, or add an identity column'
    ) as remedy
from tables as t
left join key_candidates as k on k.table_oid = t.oid
where t.relkind in ('r', 'p') and t.relpersistence = 'p' and not t.is_partition and not t.has_primary_key
    and t.extname is null
order by t.schemaname, t.tablename
