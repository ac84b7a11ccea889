-- expect: nothing
-- session: begin; lock table t in access exclusive mode
-- session: select * from t
create table t (id int);
