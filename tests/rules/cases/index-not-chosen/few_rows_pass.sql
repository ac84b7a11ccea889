-- expect: nothing
create table pages (id int primary key, created_at timestamptz, kind text);
insert into pages
select i, timestamptz '2026-01-01' + i * interval '1 minute', case when i % 100 = 0 then 'web' else 'file' end
from generate_series(1, 20000) as i;
create index pages_created_at_idx on pages (created_at);
vacuum analyze pages;
