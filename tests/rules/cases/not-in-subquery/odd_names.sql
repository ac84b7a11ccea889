-- expect: orphans
create schema "Odd.Schema";
create table "Odd.Schema"."H ""x"" 🐘" (id int primary key);
insert into "Odd.Schema"."H ""x"" 🐘" select generate_series(1, 20000);
analyze;
