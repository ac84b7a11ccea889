-- name: seen
update visits set seen_at = now() where id = 7;
