-- expect: S " p.Ta ble 🙂 key=frozenxid
-- patch: update databases set frozenxid_age = 0 where frozenxid_age is not null
-- patch: update settings set setting = '200' where name = 'autovacuum_freeze_max_age'
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint);
do $$ begin for i in 1..400 loop perform txid_current(); commit; end loop; end $$;
