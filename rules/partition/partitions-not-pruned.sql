/*
id = "partitions-not-pruned"
title = "Query reads every partition for want of the partition key"
category = "partition"
severity = "warning"
needs = ["queries", "plan_nodes", "query_predicates", "partitions", "columns"]
why = """
Only a condition on the partition key lets the server leave partitions out. Without one each partition is planned, locked
and read, by index or not, at every call: a hundred index descents for the rows of one partition, and often more time for
planning than for reading. No index replaces the condition. It is right to ignore a query that is meant for all rows; told
is only a query whose other conditions pick few of them.
"""
references = [
    "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITION-PRUNING",
]
[options]
min_partitions = 10
min_share = 0.5
max_selectivity = 0.1
*/
with recursive below as (
    select p.schemaname, p.tablename, p.parent_schemaname as root_schema, p.parent_tablename as root_table
    from partitions as p
    where (p.parent_schemaname, p.parent_tablename) not in (select (schemaname, tablename) from partitions)
    union all
    select p.schemaname, p.tablename, b.root_schema, b.root_table
    from partitions as p
    join below as b on b.schemaname = p.parent_schemaname and b.tablename = p.parent_tablename
),
leaves as (
    select * from below
    where (schemaname, tablename) not in (select (parent_schemaname, parent_tablename) from partitions)
),
roots as (
    select l.root_schema, l.root_table, count(*) as partitions,
        (
            select any_value(upper(p.strategy) || ' (' || regexp_replace(p.partition_key, '^\w+ \((.*)\)$', '\1') || ')')
            from partitions as p
            where p.parent_schemaname = l.root_schema and p.parent_tablename = l.root_table
        ) as partition_key
    from leaves as l
    group by all
),
-- A partition left out while the query ran has no loops.
read as (
    select n.query, n.variant, l.root_schema, l.root_table, count(distinct (n.schemaname, n.relation_name)) as scanned,
        bool_or(n.actual_loops is not null) as is_executed
    from plan_nodes as n
    join leaves as l on l.schemaname = n.schemaname and l.tablename = n.relation_name
    where coalesce(n.actual_loops, 1) > 0
    group by all
),
conditions as (
    select p.query, p.schemaname, p.tablename, p.expression || ' ' || p.operator as condition, p.operator, p.value_kind,
        p.selectivity, mentions(r.partition_key, p.attname) as is_on_key
    from query_predicates as p
    join roots as r on r.root_schema = p.schemaname and r.root_table = p.tablename
    where p.clause in ('where', 'join')
),
judged as (
    select r.query, r.root_schema, r.root_table, max(r.scanned) as scanned, any_value(o.partitions) as partitions,
        any_value(o.partition_key) as partition_key,
        (
            select list(distinct c.condition order by c.condition) from conditions as c
            where c.query = r.query and c.schemaname = r.root_schema and c.tablename = r.root_table and c.is_on_key
        ) as key_conditions
    from read as r
    join roots as o using (root_schema, root_table)
    where o.partitions >= $min_partitions and r.scanned >= o.partitions * $min_share
        and exists (
            from conditions as c
            where c.query = r.query and c.schemaname = r.root_schema and c.tablename = r.root_table
                and (c.operator in ('=', 'in') or c.selectivity <= $max_selectivity)
        )
        -- A key that comes from another table or a subquery leaves partitions out while the query runs.
        and not exists (
            from conditions as c
            where c.query = r.query and c.schemaname = r.root_schema and c.tablename = r.root_table
                and c.is_on_key and c.value_kind in ('column', 'subquery') and not r.is_executed
        )
    group by all
)
select
    'query' as object_kind,
    query as name,
    qualified(root_schema, root_table) as key,
    format('{} reads {} of {} partitions of {}, partitioned by {}', query, scanned, partitions, root_table, partition_key)
        as message,
    {'partitions_scanned': scanned, 'partitions': partitions, 'partition_key': partition_key,
        'key_conditions': coalesce(key_conditions, [])} as evidence,
    'certain' as confidence,
    if(key_conditions is null,
        'add a condition on the partition key, with the value by which the rows were stored; no index replaces it',
        format('its condition on {} leaves no partition out: compare the bare key with a value of its own type',
            array_to_string(key_conditions, ', '))) as remedy
from judged
order by query, key
