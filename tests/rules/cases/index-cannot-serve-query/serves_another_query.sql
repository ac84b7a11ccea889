-- expect: public.docs.docs_metadata_idx key=json
create table docs (id int primary key, metadata jsonb, tags text[], title text, is_done boolean not null, created_at timestamptz);
insert into docs
select i, jsonb_build_object('kind', 'k' || i % 500, 'n', i), array['t' || i % 500], 'Title ' || md5(i::text), i % 50 <> 0,
    timestamptz '2026-01-01' + i * interval '1 minute'
from generate_series(1, 10000) as i;
create index docs_metadata_idx on docs using gin (metadata);
vacuum analyze docs;
