-- expect: of make
-- analyze: true
create table "Cars ""x"" 🐘" (id int, "Make of" int, "Model.of" int);
insert into "Cars ""x"" 🐘" select i, i % 50, i % 50 from generate_series(1, 50000) as i;
select pg_stat_force_next_flush();
vacuum analyze "Cars ""x"" 🐘";
