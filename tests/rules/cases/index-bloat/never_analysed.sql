-- expect: nothing
-- option: min_wasted_bytes = 0
-- option: min_wasted_ratio = 0.0
create table orders (id bigint primary key, note text not null) with (autovacuum_enabled = false);
insert into orders select i, md5(i::text) from generate_series(1, 20000) as i;
delete from orders;
