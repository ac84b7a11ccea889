-- expect: public.orders.orders_id_seq severity=error
create table orders (id integer primary key);
create sequence orders_id_seq owned by orders.id cycle;
select setval('orders_id_seq', 2147480000);
