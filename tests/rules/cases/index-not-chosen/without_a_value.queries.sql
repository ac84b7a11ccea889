-- name: alive
select count(*) from labs where deleted_at is null and kind = 'web';
