-- expect: public.events
-- servers: pg15 pg16 pg18
create table events (at date not null) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
insert into events select date '2024-01-01' + i % 300 from generate_series(1, 5000) as i;
select pg_stat_force_next_flush();
analyze events_2024;
