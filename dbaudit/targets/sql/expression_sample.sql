with sampled as materialized (
    select row_number() over () as place, {expression} as value from {source}
),
counted as materialized (
    select value, count(*) as rows from sampled where value is not null group by value
),
totals as (select count(*) as keys, coalesce(sum(rows), 0)::bigint as rows from counted),
-- ANALYZE's most common values before PostgreSQL 11: a quarter more frequent than the mean
common as materialized (
    select counted.value, counted.rows
    from counted, totals
    where totals.keys <= 100
        or counted.rows >= 2
        and counted.rows > least(1.25 * totals.rows / totals.keys, totals.rows / 100.0)
    order by counted.rows desc, counted.value
    limit 100
),
rest as materialized (
    select value, row_number() over (order by value) as rank
    from sampled
    where value is not null
        and not exists (select from common where common.value = sampled.value)
),
bounds as (
    select distinct 1 + step * (last - 1) / 100 as rank
    from (select count(*) as last from rest) as counted_rest, generate_series(0, 100) as step
)
select
    (select count(*) from sampled),
    totals.rows,
    (select avg(pg_column_size(value)) from sampled)::float8,
    (select array_agg(value::text order by rows desc, value) from common),
    (select array_agg(rows order by rows desc, value) from common),
    (select array_agg(value::text order by rank) from rest join bounds using (rank)),
    (
        select corr(place, rank)
        from (
            select place, row_number() over (order by value, place) as rank
            from sampled
            where value is not null
        ) as ranked
    )
from totals
