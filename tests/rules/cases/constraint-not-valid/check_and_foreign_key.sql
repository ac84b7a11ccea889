-- expect: public.orders key=orders_amount_check
-- expect: public.orders key=orders_customer_id_fkey
-- servers: pg15 pg16 pg18
create table customers (id bigint primary key);
create table orders (id bigint primary key, amount int, customer_id bigint);
alter table orders add check (amount > 0) not valid;
alter table orders add foreign key (customer_id) references customers not valid;
