-- expect: tagged confidence=possible
-- advise: true
-- cleanup: drop table notes
-- cleanup: drop role rls_reader
create role rls_reader;
create table notes (id int primary key, tags int[], note text);
insert into notes select i, array[i % 1000, i % 777], repeat('n', 200) from generate_series(1, 20000) as i;
analyze notes;
alter table notes enable row level security;
grant select on notes to rls_reader;
create policy readers on notes for select using (current_setting('app.role', true) = 'reader');
