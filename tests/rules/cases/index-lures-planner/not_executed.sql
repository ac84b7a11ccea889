-- expect: nothing
create table docs (id int primary key, kind int, created_at timestamptz, note text);
insert into docs select i, case when i <= 600 then 7 else i % 5 end,
    timestamptz '2026-01-01' + i * interval '1 minute', repeat('x', 300) from generate_series(1, 30000) as i;
create index docs_created_at_idx on docs (created_at);
vacuum analyze docs;
