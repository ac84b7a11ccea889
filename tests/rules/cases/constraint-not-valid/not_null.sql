-- expect: public.orders key=orders_amount_not_null
-- since: 18
create table orders (id bigint primary key, amount int);
alter table orders add constraint orders_amount_not_null not null amount not valid;
