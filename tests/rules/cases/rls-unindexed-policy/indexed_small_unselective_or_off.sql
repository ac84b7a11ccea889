-- expect: nothing
create table notes (id int primary key, owner_id int, is_public boolean, note text);
insert into notes select i, i % 1000, i % 2 = 0, 'n' from generate_series(1, 20000) as i;
analyze notes;
alter table notes enable row level security;
create index on notes (owner_id);
create policy own_notes on notes using (owner_id = current_setting('app.owner')::int);
create policy public_notes on notes for select using (is_public = true);
create policy new_notes on notes for insert with check (note = 'x');
create table few (owner_id int);
alter table few enable row level security;
create policy own on few using (owner_id = 7);
create table off (owner_id int);
insert into off select generate_series(1, 20000);
analyze off;
create policy own on off using (owner_id = 7);
