-- expect: S " p.Ta ble 🙂.Índex "x".y
-- option: min_size_bytes = 0
-- option: min_stats_age_days = 0
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" text);
create index "Índex ""x"".y" on "S "" p"."Ta ble 🙂" ("A a");
select count(*) from "S "" p"."Ta ble 🙂";
