-- expect: S " p.D.ocs 🐘.I "x" key=of
-- analyze: true
create schema "S "" p";
create table "S "" p"."D.ocs 🐘" ("Ki nd" int, "At" int, note text);
insert into "S "" p"."D.ocs 🐘"
select case when i <= 600 then 7 else i % 5 end, i, repeat('x', 300) from generate_series(1, 30000) as i;
create index "I ""x""" on "S "" p"."D.ocs 🐘" ("At");
vacuum analyze "S "" p"."D.ocs 🐘";
