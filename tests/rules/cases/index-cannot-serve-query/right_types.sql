-- expect: nothing
create table docs (id int primary key, number int, code char(6), name varchar(20), day date);
insert into docs select i, i, 'c' || i, 'n' || i, date '2026-01-01' + i from generate_series(1, 10000) as i;
create index docs_number_idx on docs (number);
create index docs_code_idx on docs (code);
create index docs_name_idx on docs (name);
create index docs_day_idx on docs (day);
vacuum analyze docs;
