-- expect: nothing
-- servers: pg15 pg18
-- option: min_wasted_bytes = 10_000
-- option: min_wasted_ratio = 0.1
create table packed (id bigint not null, note text) with (fillfactor = 70);
insert into packed select i, case when i % 2 = 0 then md5(i::text) end from generate_series(1, 20000) as i;
create table bad_order (a bool not null, b bigint not null, c bool not null, d bigint not null);
insert into bad_order select true, i, true, i from generate_series(1, 20000) as i;
vacuum analyze;
