-- expect: S " p.Ta ble 🙂
-- expect: S " p.Ma t
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint) with (autovacuum_enabled = false);
create materialized view "S "" p"."Ma t" with (autovacuum_enabled = false) as select 1 as x;
