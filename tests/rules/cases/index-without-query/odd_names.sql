-- expect: Odd.Schema.N "x" 🐘.I "hash" 🐘
create schema "Odd.Schema";
create table "Odd.Schema"."N ""x"" 🐘" (id int primary key, "The hash" text);
insert into "Odd.Schema"."N ""x"" 🐘" select i, md5(i::text) from generate_series(1, 20000) as i;
create index "I ""hash"" 🐘" on "Odd.Schema"."N ""x"" 🐘" ("The hash");
analyze;
