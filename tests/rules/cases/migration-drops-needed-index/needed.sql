-- expect: public.orders.orders_customer severity=error confidence=likely
-- expect: public.orders.orders_code severity=error confidence=certain
-- expect: public.orders.orders_serial severity=warning confidence=certain
-- expect: public.orders.orders_total_2 severity=error confidence=likely
create table orders (id int primary key, customer int, code int constraint orders_code unique, serial int, total int, note text);
insert into orders select i, i % 5000, i, i, i % 4000, repeat('x', 100) from generate_series(1, 60000) as i;
create index orders_customer on orders (customer);
create index orders_total on orders (total);
create index orders_total_2 on orders (total);
create unique index orders_serial on orders (serial);
vacuum analyze;
