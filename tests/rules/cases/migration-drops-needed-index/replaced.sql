-- expect: nothing
create table orders (id int primary key, customer int, serial int, note text);
insert into orders select i, i % 500, i, 'x' from generate_series(1, 20000) as i;
create index orders_customer on orders (customer);
create index "Orders, note" on orders (note);
create unique index orders_serial on orders (serial);
vacuum analyze;
