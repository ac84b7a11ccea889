-- expect: nothing
create table docs (id int primary key, owner int, rating int, score int);
insert into docs select i, i % 7, nullif(i % 1000, 0), i from generate_series(1, 10000) as i;
create index docs_rating_idx on docs (rating desc nulls last);
create index docs_owner_score_idx on docs (owner, score);
vacuum analyze docs;
