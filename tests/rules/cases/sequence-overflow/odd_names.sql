-- expect: S " p.Ta ble 🙂.Se "q.1
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint);
create sequence "S "" p"."Se ""q.1" as integer owned by "S "" p"."Ta ble 🙂"."A a";
select setval('"S "" p"."Se ""q.1"', 2147480000);
