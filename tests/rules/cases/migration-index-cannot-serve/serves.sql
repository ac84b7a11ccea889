-- expect: nothing
create extension pg_trgm;
create table documents (id int primary key, title text, owner int, "Größe" int);
create table owner_documents (id int, owner int);
insert into documents select i, md5(i::text), i % 900, i from generate_series(1, 20000) as i;
vacuum analyze;
