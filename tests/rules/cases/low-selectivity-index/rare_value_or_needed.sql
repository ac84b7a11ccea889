-- expect: nothing
create table kinds (id int primary key);
insert into kinds select generate_series(0, 3);
create table jobs (id int primary key, kind_id int references kinds, state text, flag boolean, day date, done boolean);
insert into jobs select i, i % 4, case when i % 100 = 0 then 'failed' else 'done' end, i % 2 = 0, date '2026-01-01' + i % 300, i % 3 = 0
from generate_series(1, 20000) as i;
create index on jobs (kind_id);
create index on jobs (state);
create index on jobs (flag) where not flag;
create index on jobs (day);
create index on jobs (flag, day);
create index on jobs (done);
vacuum analyze jobs;
create table few (kind int);
insert into few select i % 3 from generate_series(1, 500) as i;
create index on few (kind);
analyze few;
