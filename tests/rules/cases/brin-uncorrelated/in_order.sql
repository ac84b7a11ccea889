-- expect: nothing
-- since: 14
create table events (id int, at timestamptz, other timestamptz);
insert into events select i, timestamptz '2026-01-01' + i * interval '1 minute',
    timestamptz '2026-01-01' + hashint4(i) % 100000 * interval '1 minute'
from generate_series(1, 20000) as i;
create index on events using brin (at);
create index on events using brin (other timestamptz_minmax_multi_ops);
create index on events (other);
create table parts (id int, at timestamptz) partition by hash (id);
create table parts_0 partition of parts for values with (modulus 2, remainder 0);
create table parts_1 partition of parts for values with (modulus 2, remainder 1);
insert into parts select i, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 20000) as i;
create index on parts using brin (at);
create table unknown (at timestamptz);
create index on unknown using brin (at);
analyze events;
analyze parts;
