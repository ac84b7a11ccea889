-- expect: public.t.t_flag
-- expect: public.t.t_not_flag
-- expect: public.t.t_source
-- expect: public.t.t_status
-- expect: public.t.t_deleted
-- expect: public.t.t_two
-- expect: public.t.t_number
-- expect: public.t.t_is_true
-- servers: pg15 pg16 pg18
create table t (id int, flag bool, m jsonb, status varchar(10), deleted_at date, n int);
create index t_flag on t (flag) where flag;
create index t_not_flag on t (flag, id) where not flag;
create index t_is_true on t (flag) where flag is true;
create index t_source on t ((m ->> 'source_type')) where m ->> 'source_type' = 'web';
create index t_status on t (status, id) where status = 'it''s new';
create index t_deleted on t (deleted_at) where deleted_at is null;
create index t_two on t (n) where flag and n = -1;
create index t_number on t (n, id) where n = 7 and status <> 'x';
