-- name: ratio
select 1 / id from t;
-- name: open
select id from t where id = :id;
