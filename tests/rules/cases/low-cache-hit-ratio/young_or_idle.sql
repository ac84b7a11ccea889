-- expect: nothing
-- option: min_ratio = 1.0
create table orders (id bigint);
