-- expect: se"arch 🐘
create schema "S "" p";
create table "S "" p"."D.ocs 🐘" ("Title ""x""" text);
insert into "S "" p"."D.ocs 🐘" select 'title ' || md5(i::text) from generate_series(1, 20000) as i;
vacuum analyze "S "" p"."D.ocs 🐘";
