-- expect: Odd.Schema.D "x" 🐘.Meta "Ix" i key=json
create schema "Odd.Schema";
create table "Odd.Schema"."D ""x"" 🐘" ("Meta.Data" jsonb);
insert into "Odd.Schema"."D ""x"" 🐘" select jsonb_build_object('kind', i) from generate_series(1, 10000) as i;
create index "Meta ""Ix"" i" on "Odd.Schema"."D ""x"" 🐘" using gin ("Meta.Data");
vacuum analyze "Odd.Schema"."D ""x"" 🐘";
