-- expect: nothing
create table t (id int);
insert into t values (0);
