-- expect: nothing
create table orders (id bigint primary key, amount int check (amount > 0) not enforced);
