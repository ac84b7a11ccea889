-- name: strategies
select metadata->>'strategy', count(*) from operations group by 1;
-- name: sizes
select count(*) from operations where metadata->'size' = '5';
-- name: both
select metadata->'strategy' from operations where metadata->>'strategy' = 's1' order by metadata->'strategy';
-- name: another_key
select count(*) from operations where metadata->>'strategies' = 'x';
