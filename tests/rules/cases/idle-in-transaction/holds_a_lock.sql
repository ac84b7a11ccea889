-- expect: worker
-- servers: pg15 pg18
-- option: min_seconds = 0
-- session: set application_name = 'worker'; begin; update t set id = 2
create table t (id int);
insert into t values (1);
