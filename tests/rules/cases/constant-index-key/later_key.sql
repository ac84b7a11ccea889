-- expect: public.t.t_user_flag
create table t (user_id int, flag bool, at date);
create index t_user_flag on t (user_id, flag, at) where flag = false;
