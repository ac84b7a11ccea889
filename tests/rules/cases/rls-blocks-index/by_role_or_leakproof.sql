-- expect: nothing
-- cleanup: drop table notes
-- cleanup: drop role rls_reader
-- cleanup: drop role rls_service
create role rls_reader;
create role rls_service bypassrls;
create table notes (id int primary key, tags int[], note text);
insert into notes select i, array[i % 1000, i % 777], 'n' || i from generate_series(1, 20000) as i;
create index on notes using gin (tags);
create index on notes (note);
analyze notes;
alter table notes enable row level security;
grant select on notes to rls_reader, rls_service;
create policy readers on notes for select to rls_reader using (true);
create policy writers on notes for insert with check (current_setting('app.role') = 'writer');
