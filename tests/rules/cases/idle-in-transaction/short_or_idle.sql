-- expect: nothing
-- session: begin; update t set id = 2
-- session: set application_name = 'idle'; select 1
create table t (id int);
insert into t values (1);
