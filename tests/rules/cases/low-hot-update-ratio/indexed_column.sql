-- expect: nothing
-- servers: pg15 pg18
create table visits (id int primary key, hits int, "Seen at" timestamptz, note text) with (autovacuum_enabled = false);
insert into visits select i, 0, now(), repeat('x', 200) from generate_series(1, 20000) as i;
create index on visits ("Seen at");
vacuum analyze visits;
update visits set hits = hits + 1, "Seen at" = now() where id % 10 = 0;
vacuum analyze visits;
