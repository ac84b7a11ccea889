-- expect: nothing
-- servers: pg15 pg18
create table small (id bigint) with (autovacuum_enabled = false);
insert into small select i from generate_series(1, 500) as i;
create table fresh (id bigint) with (autovacuum_enabled = false);
insert into fresh select i from generate_series(1, 5000) as i;
create table tolerant (id bigint) with (autovacuum_enabled = false, autovacuum_analyze_threshold = 10000);
insert into tolerant select i from generate_series(1, 5000) as i;
create table events (at date not null) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
insert into events select date '2024-01-01' + i % 300 from generate_series(1, 5000) as i;
select pg_stat_force_next_flush();
analyze;
select pg_stat_force_next_flush();
insert into tolerant select i from generate_series(1, 5000) as i;
