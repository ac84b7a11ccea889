-- name: mine
select id, note from tickets where owner_id = 7;
-- name: pass_on
-- weight: 1000
update tickets set owner_id = 8 where id = 42;
