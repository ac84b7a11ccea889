-- expect: Odd.Schema.V "x" 🐘 confidence=likely
-- since: 16
create schema "Odd.Schema";
create table "Odd.Schema"."V ""x"" 🐘" (id int primary key, "Hits of" int, note text) with (autovacuum_enabled = false);
insert into "Odd.Schema"."V ""x"" 🐘" select i, 0, repeat('x', 200) from generate_series(1, 20000) as i;
vacuum analyze;
update "Odd.Schema"."V ""x"" 🐘" set "Hits of" = 1 where id % 10 = 0;
vacuum analyze;
