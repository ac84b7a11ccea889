-- expect: by_make
-- analyze: true
create table cars (id int, make int);
alter table cars set (autovacuum_enabled = false);
insert into cars select i, i from generate_series(1, 20000) as i;
analyze cars;
insert into cars select i, 7 from generate_series(1, 20000) as i;
