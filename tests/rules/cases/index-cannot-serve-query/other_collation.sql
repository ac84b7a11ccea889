-- expect: public.docs.docs_title_idx key=collation
create table docs (id int primary key, title text);
insert into docs select i, md5(i::text) from generate_series(1, 10000) as i;
create index docs_title_idx on docs (title);
vacuum analyze docs;
