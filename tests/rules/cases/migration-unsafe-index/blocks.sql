-- expect: public.orders.orders_note severity=warning
-- expect: public.orders.orders_total severity=warning
-- expect: public.orders.orders_open severity=error
-- expect: public.orders.orders_paid severity=error
-- expect: public.orders.orders_code severity=warning
-- expect: public.events.events_at severity=error
-- expect: public.tiny.tiny_note severity=info
-- option: min_size_bytes = 100_000
create table orders (id int primary key, note text, total int, paid int, code int);
insert into orders select i, repeat('x', 50), i, i, i from generate_series(1, 5000) as i;
create index orders_total on orders (total);
create index orders_paid on orders (paid);
create table tiny (note text);
create table events (at timestamptz) partition by range (at);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
vacuum analyze;
