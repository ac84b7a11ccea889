-- expect: public.orders.orders_id_seq severity=error
-- expect: public.codes severity=warning
-- expect: public.items.items_id_seq severity=error
-- expect: public.old.old_id_seq severity=error
-- expect: public.down severity=error
-- servers: pg15 pg16 pg18
create table orders (id serial primary key);
select setval('orders_id_seq', 2100000000);
create sequence codes maxvalue 100;
select setval('codes', 80);
create table items (id smallint generated always as identity);
select setval('items_id_seq', 32700);
create table old (id serial primary key);
alter table old alter id type bigint;
select setval('old_id_seq', 2147480000);
create sequence down increment -1 minvalue -100 maxvalue -1;
select setval('down', -99);
