-- expect: public.docs.docs_rating_idx key=nulls confidence=certain
-- servers: pg15 pg18
create table docs (id int primary key, owner int, rating int, created_at timestamptz not null);
insert into docs select i, i % 7, nullif(i % 1000, 0), timestamptz '2026-01-01' + i * interval '1 minute'
from generate_series(1, 10000) as i;
create index docs_rating_idx on docs (rating desc);
vacuum analyze docs;
