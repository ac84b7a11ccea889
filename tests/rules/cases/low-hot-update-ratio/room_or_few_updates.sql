-- expect: nothing
-- since: 16
create table roomy (id int primary key, hits int, note text) with (fillfactor = 85, autovacuum_enabled = false);
insert into roomy select i, 0, repeat('x', 200) from generate_series(1, 20000) as i;
update roomy set hits = hits + 1 where id % 10 = 0;
create table packed_but_quiet (id int primary key, hits int, note text) with (autovacuum_enabled = false);
insert into packed_but_quiet select i, 0, repeat('x', 200) from generate_series(1, 20000) as i;
update packed_but_quiet set hits = hits + 1 where id % 100 = 0;
create table indexed (id int primary key, hits int, note text) with (autovacuum_enabled = false);
insert into indexed select i, 0, repeat('x', 200) from generate_series(1, 20000) as i;
create index on indexed (hits);
delete from indexed where id % 2 = 0;
vacuum indexed;
update indexed set hits = hits + 1 where id % 5 = 1;
analyze;
