-- expect: nothing
-- servers: pg15 pg18
create table customers (id bigint primary key);
create table orders (id bigint primary key, amount int check (amount > 0), customer_id bigint references customers);
alter table orders add constraint note check (id > 0) not valid;
alter table orders validate constraint note;
