-- expect: public.orders.orders_a severity=info confidence=possible
create table orders (a int, note text);
insert into orders select i, repeat(md5(i::text), 10) from generate_series(1, 2000) as i;
create index orders_a on orders (a);
create index orders_a_note on orders (a, note);
