-- expect: ratio
-- analyze: true
create table t (id int);
insert into t values (0);
