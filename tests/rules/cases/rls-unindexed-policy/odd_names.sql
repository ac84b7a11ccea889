-- expect: Odd.Schema.N "x" 🐘.Own "rows" p
create schema "Odd.Schema";
create table "Odd.Schema"."N ""x"" 🐘" (id int primary key, "Owner of" text);
insert into "Odd.Schema"."N ""x"" 🐘" select i, 'o' || i from generate_series(1, 20000) as i;
analyze "Odd.Schema"."N ""x"" 🐘";
alter table "Odd.Schema"."N ""x"" 🐘" enable row level security;
create policy "Own ""rows"" p" on "Odd.Schema"."N ""x"" 🐘" for select using ((select current_setting('app.owner')) = "Owner of");
