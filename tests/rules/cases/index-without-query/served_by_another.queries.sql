-- name: one
select note from clusters where owner = 7 and topic = 'topic 3';
-- name: of_an_owner
select note from clusters where owner = 8;
