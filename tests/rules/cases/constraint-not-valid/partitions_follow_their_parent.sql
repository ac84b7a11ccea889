-- expect: public.events key=events_n_check
create table events (at date not null, n int) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
alter table events add check (n > 0) not valid;
