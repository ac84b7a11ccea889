-- expect: S " p.Ta ble 🙂
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint);
alter table "S "" p"."Ta ble 🙂" add constraint "C "" c.🙂" check ("A a" > 0) not valid;
