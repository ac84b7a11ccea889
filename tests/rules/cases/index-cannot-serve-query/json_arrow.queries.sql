-- name: by_kind
-- param: kind = k7
select id from docs where metadata->>'kind' = :kind;
