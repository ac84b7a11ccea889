-- expect: search
-- expect: typed
-- servers: pg15 pg18
create extension pg_trgm;
create table docs (id int primary key, title text);
insert into docs select i, 'title ' || md5(i::text) from generate_series(1, 20000) as i;
create index docs_title_idx on docs using gin (title gin_trgm_ops);
vacuum analyze docs;
