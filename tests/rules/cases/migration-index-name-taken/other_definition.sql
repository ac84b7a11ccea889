-- expect: public.orders.orders_customer confidence=likely
-- expect: public.orders.orders_note confidence=certain
create table orders (id int primary key, customer int, note text);
create index orders_customer on orders (id, customer);
insert into orders values (1, 1, 'a'), (2, 1, 'a');
-- fails
create unique index concurrently orders_note on orders (note);
