-- expect: nothing
-- servers: pg15 pg18
-- option: min_wasted_bytes = 10_000
-- option: min_wasted_ratio = 0.2
create table orders (id bigint not null, note text not null, kind int, tags jsonb);
insert into orders select i, md5(i::text), i % 10, jsonb_build_object('t', i) from generate_series(1, 20000) as i;
create index on orders (id);
create index on orders (note) with (fillfactor = 60);
create index on orders (kind);
create index on orders using gin (tags);
create index on orders using hash (note);
analyze orders;
