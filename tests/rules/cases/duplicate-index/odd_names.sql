-- expect: S " p.Ta ble 🙂.b "x".y, z
create schema "S "" p";
create table "S "" p"."Ta ble 🙂" ("A, a" text, "b "" b" int);
create index "a" on "S "" p"."Ta ble 🙂" ("A, a", "b "" b") where "b "" b" > 3;
create index "b ""x"".y, z" on "S "" p"."Ta ble 🙂" ("A, a", "b "" b") where "b "" b" > 3;
