-- expect: public.docs.docs_tags_idx key=method
-- expect: public.docs.docs_open_idx key=method
-- expect: public.docs.docs_code_idx key=method
-- expect: public.docs.docs_tsv_idx key=text
create table docs (id int primary key, tags text[], words text[], open int4range, code text, other text, net inet,
    title text, tsv tsvector generated always as (setweight(to_tsvector('simple', title), 'A')) stored);
insert into docs
select i, array['t' || i % 500], array['w' || i % 500], int4range(i, i + 5), 'c' || i, 'c' || i,
    ('10.0.' || i % 200 || '.' || i % 250)::inet, 'Title ' || md5(i::text)
from generate_series(1, 10000) as i;
create index docs_tags_idx on docs (tags);
create index docs_words_idx on docs (words);
create index docs_open_idx on docs (open);
create index docs_code_idx on docs using hash (code);
create index docs_other_idx on docs using hash (other);
create index docs_net_idx on docs (net);
create index docs_tsv_idx on docs using gin (tsv);
vacuum analyze docs;
