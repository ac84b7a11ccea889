-- name: strategies
select metadata->'strategy', count(*) from operations where metadata is not null group by 1;
-- name: of_one
select count(*) from operations where metadata->>'strategy' = 's1';
