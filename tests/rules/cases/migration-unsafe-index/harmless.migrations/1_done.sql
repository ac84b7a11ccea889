-- Applied long ago, before anybody knew better.
create index "Orders done" on orders (note);
create table orders (id int primary key);
