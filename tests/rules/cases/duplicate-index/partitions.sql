-- expect: public.events_2024.local_note
-- expect: public.events.events_b
create table events (at date not null, note text) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
create index events_a on events (at);
create index events_b on events (at);
create index events_note on events (note);
create index local_note on events_2024 (note);
