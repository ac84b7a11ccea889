-- expect: nothing
create table orders (id int primary key, customer int, note text, total int);
create index orders_customer on orders (customer);
create index orders_note on orders (note);
create index orders_total on orders (total);
create unique index orders_total_unique on orders (total, id);
