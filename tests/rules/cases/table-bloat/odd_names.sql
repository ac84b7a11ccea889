-- expect: S " p.Ta ble 🙂
-- option: min_wasted_bytes = 100_000
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" text not null);
insert into "S "" p"."Ta ble 🙂" select md5(i::text) from generate_series(1, 20000) as i;
delete from "S "" p"."Ta ble 🙂" where "A a" > '3';
vacuum analyze "S "" p"."Ta ble 🙂";
