-- name: half
select note from clusters where topic = 'topic 1';
-- name: one
select note from clusters where owner = 7 and topic = 'topic 1';
