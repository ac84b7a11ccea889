-- expect: nothing
create table orders (id int primary key, a int, b int, t text, c int unique);
create index on orders (b, a);
create index on orders (a) where b > 0;
create index on orders (t text_pattern_ops);
create index on orders (t collate "C", a);
create index on orders (t, a);
create index on orders using hash (a);
create index on orders (a, b);
create index on orders (lower(t));
create index on orders (upper(t), b);
create index on orders (c, a);
create index on orders (id, b);
create index on orders (b desc nulls last, c);
create index on orders (b, id) where a = 1;
create index on orders (a) include (c);
create index on orders using brin (a);
