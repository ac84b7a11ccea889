-- expect: nothing
create table orders (id bigint primary key, a text, b int, tags jsonb);
create index on orders (a);
create index on orders (a text_pattern_ops);
create index on orders (a collate "C");
create index on orders (a desc);
create index on orders (a nulls first);
create index on orders (a) include (b);
create index on orders using hash (a);
create index on orders (a) where b > 0;
create index on orders (a) where b > 1;
create index on orders (lower(a));
create index on orders (upper(a));
create index on orders (b, a);
create index on orders (a, b);
create index on orders using gin (tags);
create index on orders using gin (tags jsonb_path_ops);
create index on orders (id) where a is not null;
