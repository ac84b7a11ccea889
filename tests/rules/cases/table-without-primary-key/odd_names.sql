-- expect: S " p.Ta ble 🙂
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A a" bigint not null);
create unique index "u ""u" on "S "" p"."Ta ble 🙂" ("A a");
