-- expect: public.events.events_at_idx
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
create table events (at date not null, note text) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create index events_at_idx on events (at);
select count(*) from events;
