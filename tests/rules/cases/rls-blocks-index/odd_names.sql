-- expect: tagged confidence=likely
-- cleanup: drop schema "Odd.Schema" cascade
-- cleanup: drop role "Odd reader"
create role "Odd reader";
create schema "Odd.Schema";
create table "Odd.Schema"."N ""x"" 🐘" (id int primary key, "The tags" jsonb);
insert into "Odd.Schema"."N ""x"" 🐘" select i, jsonb_build_object('k', i) from generate_series(1, 20000) as i;
create index "I ""x"" 🐘" on "Odd.Schema"."N ""x"" 🐘" using gin ("The tags");
analyze;
alter table "Odd.Schema"."N ""x"" 🐘" enable row level security;
grant usage on schema "Odd.Schema" to "Odd reader";
grant select on "Odd.Schema"."N ""x"" 🐘" to "Odd reader";
create policy "Readers of ""it""" on "Odd.Schema"."N ""x"" 🐘" for select using (current_setting('app.role', true) = 'reader');
