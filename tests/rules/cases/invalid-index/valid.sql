-- expect: nothing
create table orders (id bigint primary key, reference text);
create index on orders (reference);
