-- name: ratio
select 1 / id from t;
