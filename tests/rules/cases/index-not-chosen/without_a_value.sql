-- expect: public.labs.labs_deleted_at_idx
create table labs (id int primary key, deleted_at timestamptz, kind text);
insert into labs
select i, case when i % 50 = 0 then timestamptz '2026-01-01' end, case when i % 100 = 0 then 'web' else 'file' end
from generate_series(1, 20000) as i;
create index labs_deleted_at_idx on labs (deleted_at);
vacuum analyze labs;
