-- expect: public.visits
-- servers: pg16 pg18
-- since: 16
create table visits (id int primary key, seen_at timestamptz, note text) with (autovacuum_enabled = false);
insert into visits select i, now(), repeat('x', 200) from generate_series(1, 20000) as i;
create index on visits using brin (seen_at);
update visits set seen_at = now() where id % 5 = 0;
analyze visits;
