-- expect: public.t.t_done confidence=certain
create table t (id int primary key, is_done bool not null, at date);
insert into t select i, i % 20 <> 0, date '2026-01-01' + i % 300 from generate_series(1, 2000) as i;
create index t_done on t (is_done, at) where is_done;
vacuum analyze t;
