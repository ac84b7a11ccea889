-- name: recent_of_a_kind
select * from jobs where kind = 'k1' and at > '2026-01-14 20:00+00';
