-- expect: public.orders.orders_note severity=warning confidence=likely
-- expect: public.orders.orders_total_id severity=info confidence=likely
-- expect: public.lines.lines_orders_id severity=info confidence=possible
create table orders (id int primary key, customer int, note text, total int);
insert into orders select i, i % 500, repeat('x', 50), i % 3 from generate_series(1, 20000) as i;
create index orders_customer on orders (customer);
create table lines (id int, orders_id int);
vacuum analyze;
