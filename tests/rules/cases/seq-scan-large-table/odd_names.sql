-- expect: of day 7
-- analyze: true
-- option: min_size_bytes = 0
create schema "Odd.Schema";
create table "Odd.Schema"."Ev ""x"" 🐘" ("Day of" int, note text);
insert into "Odd.Schema"."Ev ""x"" 🐘" select i % 1000, 'n' from generate_series(1, 20000) as i;
analyze "Odd.Schema"."Ev ""x"" 🐘";
