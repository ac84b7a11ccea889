-- expect: nothing
create table docs (id int primary key, owner int not null, is_done boolean not null, created_at timestamptz);
insert into docs
select i, i % 100, i % 3 = 0, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 10000) as i;
create index docs_open_idx on docs (owner, created_at) where not is_done;
vacuum analyze docs;
