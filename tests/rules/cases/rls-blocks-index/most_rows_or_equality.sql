-- expect: nothing
-- cleanup: drop table notes
-- cleanup: drop role rls_reader
create role rls_reader;
create table notes (id int primary key, tags int[], note text);
insert into notes select i, array[i % 2, 5], 'n' || i from generate_series(1, 20000) as i;
create index on notes using gin (tags);
create index on notes (note);
analyze notes;
alter table notes enable row level security;
grant select on notes to rls_reader;
create policy readers on notes for select using (current_setting('app.role', true) = 'reader');
