with sampled as materialized (select {expression} as value from {source}),
-- the 1,000 most common lexemes, in the order in which the planner looks for one (ts_typanalyze.c)
counted as (
    select lexeme, count(*) as rows
    from sampled, unnest(tsvector_to_array(value)) as lexeme
    group by lexeme
    having count(*) > 1
    order by rows desc, lexeme
    limit 1000
)
select
    count(*),
    count(value),
    avg(pg_column_size(value))::float8,
    (select array_agg(lexeme order by octet_length(lexeme), lexeme collate "C") from counted),
    (select array_agg(rows order by octet_length(lexeme), lexeme collate "C") from counted)
from sampled
