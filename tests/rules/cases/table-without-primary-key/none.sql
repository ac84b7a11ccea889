-- expect: public.orders
-- expect: public.events
-- servers: pg15 pg18
create table orders (id bigint unique);
create table events (at date not null) partition by range (at);
create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01');
