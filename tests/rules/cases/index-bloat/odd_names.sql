-- expect: S " p.Ta ble 🙂.Índex "x".y
-- option: min_wasted_bytes = 100_000
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint not null);
insert into "S "" p"."Ta ble 🙂" select i from generate_series(1, 20000) as i;
create index "Índex ""x"".y" on "S "" p"."Ta ble 🙂" ("A a");
delete from "S "" p"."Ta ble 🙂" where "A a" % 5 > 0;
vacuum analyze "S "" p"."Ta ble 🙂";
