-- name: has_kind
select id from docs where metadata ? 'absent';
