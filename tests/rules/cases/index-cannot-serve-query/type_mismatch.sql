-- expect: public.docs.docs_number_idx key=type
-- expect: public.docs.docs_code_idx key=type
create table docs (id int primary key, number int, code char(6), name varchar(20));
insert into docs select i, i, 'c' || i, 'n' || i from generate_series(1, 10000) as i;
create index docs_number_idx on docs (number);
create index docs_code_idx on docs (code);
create index docs_name_idx on docs (name);
vacuum analyze docs;
