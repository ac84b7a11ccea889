-- expect: nothing
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
create table events (at date not null, note text) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
insert into events select date '2024-01-01' + i, 'n' from generate_series(1, 700) as i;
create index events_at_idx on events (at);
set enable_seqscan = off;
select note from events where at = '2024-03-03';
