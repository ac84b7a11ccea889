/*
id = "migration-drops-needed-index"
title = "Migration drops an index that is needed"
category = "migration"
severity = "warning"
needs = ["migration_drops", "indexes"]
why = """
An index that a migration drops is hidden from the what-if planner, together with those dropped before it and with the
migrations' new indexes in place: the registered queries whose cost grows need it. One that backs a constraint or a
foreign key cannot be dropped by DROP INDEX at all; one that is the replica identity keeps logical replication going, and
a unique one keeps duplicates out. Scans that no registered query explains, on the target or the replicas that the configuration
names, are told with less severity. It is right to
ignore when the queries that need it go away with the same release.
"""
references = [
    "https://www.postgresql.org/docs/current/sql-dropindex.html",
    "https://www.postgresql.org/docs/current/logical-replication-publication.html#LOGICAL-REPLICATION-PUBLICATION-REPLICA-IDENTITY",
]
[options]
max_loss = 1.1
min_cost = 100.0
error_factor = 10.0
min_scans = 100
*/
with losses as (
    select schemaname, tablename, indexname, count(*) as queries, list(query order by factor desc) as names,
        arg_max(cost_before, factor) as cost_before, arg_max(cost_after, factor) as cost_after, max(factor) as factor
    from migration_effects
    where effect = 'lost' and factor >= $max_loss
    group by all
),

judged as (
    select d.*, i.conname, i.is_fk_target, i.indisreplident, i.indisunique, i.idx_scan, i.replica_idx_scan, i.size_bytes,
        i.idx_scan + coalesce(i.replica_idx_scan, 0) as scans, i.definition,
        l.names, l.cost_before, l.cost_after, l.factor, coalesce(l.queries, 0) as queries,
        format('{}:{}', d.file, d.line) as place,
        case
            when i.conname is not null and not d.is_constraint then 'backs the constraint ' || i.conname
                || ': DROP INDEX is refused'
            when i.is_fk_target then 'is what a foreign key relies on: the drop is refused'
            when i.indisreplident then 'is the replica identity: updates and deletes fail where it is published'
            when i.indisunique and d.replaced_by is null and not d.is_constraint then 'is unique, and nothing else keeps duplicates out'
        end as bond
    from migration_drops as d
    join indexes as i using (schemaname, tablename, indexname)
    left join losses as l using (schemaname, tablename, indexname)
),

graded as (
    select *,
        case
            when bond is not null and (conname is not null or is_fk_target or indisreplident) then 'error'
            when factor >= $error_factor and cost_after - cost_before >= 10 * $min_cost then 'error'
            when bond is not null or cost_after - cost_before >= $min_cost then 'warning'
            else 'info'
        end as grade
    from judged
    where bond is not null or queries > 0 or (scans >= $min_scans and replaced_by is null and not is_constraint)
)

select
    'index' as object_kind,
    schemaname as schema,
    tablename as "table",
    indexname as name,
    file as key,
    grade as severity,
    case when bond is not null then 'certain' when queries > 0 then 'likely' else 'possible' end as confidence,
    format('{} drops {}{}{}', place, indexname,
        coalesce(', which ' || bond, ''),
        case
            when queries > 0 then format('{} {} would cost {:.1f} instead of {:.1f} without it{}',
                if(bond is null, ':', ';'), names[1], cost_after, cost_before,
                if(queries > 1, format(', and {} more would cost more', queries - 1), ''))
            when bond is null then format(', which was scanned {} times{} though no registered query would miss it',
                pretty_count(scans), if(replica_idx_scan > 0, format(' ({} on replicas)', pretty_count(replica_idx_scan)), ''))
            else ''
        end
    ) as message,
    {
        'file': file, 'line': line, 'queries': coalesce(names, []), 'cost_before': cost_before, 'cost_after': cost_after,
        'idx_scan': idx_scan, 'replica_idx_scan': replica_idx_scan, 'size_bytes': size_bytes, 'definition': definition,
        'constraint': conname, 'replaced_by': replaced_by
    } as evidence,
    case
        when conname is not null and not is_constraint then 'drop the constraint instead, if it may go'
        when queries = 0 and bond is null then 'find what scans it (pg_stat_statements, the logs) before it goes'
        when queries > 0 then 'keep it, or build first what those queries can use instead'
        else 'keep it, or build first what takes its place'
    end as remedy
from graded
order by file, line, indexname
