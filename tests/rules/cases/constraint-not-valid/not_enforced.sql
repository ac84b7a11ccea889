-- expect: nothing
-- since: 18
create table orders (id bigint primary key, amount int check (amount > 0) not enforced);
