-- expect: public.visits
-- servers: pg15 pg16 pg18
create table visits (id int primary key, hits int, note text) with (autovacuum_enabled = false);
insert into visits select i, 0, repeat('x', 200) from generate_series(1, 20000) as i;
vacuum analyze visits;
update visits set hits = hits + 1 where id % 10 = 0;
vacuum analyze visits;
