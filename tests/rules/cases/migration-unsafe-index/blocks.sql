-- expect: public.orders.orders_note severity=warning
-- expect: public.orders.orders_total severity=warning
-- expect: public.orders.orders_code severity=warning
-- expect: public.orders severity=warning
-- expect: public.tiny.tiny_note severity=info
-- option: min_size_bytes = 100_000
create table orders (id int primary key, note text, total int, paid int, code int);
insert into orders select i, repeat('x', 50), i, i, i from generate_series(1, 5000) as i;
create index orders_total on orders (total);
create table tiny (note text);
vacuum analyze;
