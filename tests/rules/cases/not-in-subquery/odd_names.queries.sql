-- name: orphans
select count(*) from "Odd.Schema"."H ""x"" 🐘" where id not in (select id + 1 from "Odd.Schema"."H ""x"" 🐘");
