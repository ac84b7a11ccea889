-- expect: head
-- servers: pg15 pg18
-- option: min_seconds = 0
-- session: set application_name = 'head'; begin; lock table t in access share mode
-- session: set application_name = 'second'; alter table t add column note text
-- session: set application_name = 'third'; select * from t
create table t (id int);
insert into t values (1);
