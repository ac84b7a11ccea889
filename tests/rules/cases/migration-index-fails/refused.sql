-- expect: public.orders.orders_open
-- expect: public.orders.orders_paid
-- expect: public.events.events_at
-- expect: public.events.events_kind
-- expect: public.orders.orders_total
-- servers: pg15 pg18
create table orders (id int primary key, total int, paid int);
create index orders_paid on orders (paid);
create table events (at timestamptz, kind int) partition by range (at);
create index events_kind on events (kind);
