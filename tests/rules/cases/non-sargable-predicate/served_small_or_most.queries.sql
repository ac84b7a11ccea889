-- name: folded
select id from events where lower(note) = 'abc';
-- name: anywhere
select id from events where note like '%abc%';
-- name: too_short_for_trigrams
select id from events where note like '%ab%';
-- name: small
select id from few where lower(note) = 'n7';
-- name: most
select id from events where kind + 1 > 50;
-- name: plain
select id from events where kind = 50 + 1;
