-- name: by_kind
delete from events where created_at < timestamptz '2026-01-02' and kind = 7;
-- name: most_of_it
delete from events where created_at < timestamptz '2027-01-01' and kind > 0 and kind = 7;
-- name: by_day
delete from events where day <= date '2026-03-01';
-- name: small_table
delete from small where created_at < timestamptz '2026-01-02';
-- name: no_delete
select id from events where created_at < timestamptz '2026-01-02';
-- name: by_number
delete from events where id + 0 < 100;
