-- expect: Odd.Schema.J "x" 🐘.I "kind" 🐘
create schema "Odd.Schema";
create table "Odd.Schema"."J ""x"" 🐘" (id int primary key, "The kind" text);
insert into "Odd.Schema"."J ""x"" 🐘" select i, 'k' || i % 4 from generate_series(1, 20000) as i;
create index "I ""kind"" 🐘" on "Odd.Schema"."J ""x"" 🐘" ("The kind");
analyze;
