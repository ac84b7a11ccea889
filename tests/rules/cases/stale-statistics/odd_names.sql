-- expect: S " p.Ta ble 🙂
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint) with (autovacuum_enabled = false);
insert into "S "" p"."Ta ble 🙂" select i from generate_series(1, 2000) as i;
