-- expect: public.parcels key=place_id severity=info
-- expect: public.parcels key=sender_id severity=warning
-- advise: true
-- option: min_table_bytes = 0
create table places (id bigint primary key);
create table senders (id bigint primary key);
create table parcels (
    id bigint primary key, place_id bigint references places, sender_id bigint references senders, note text
) with (fillfactor = 80);
insert into places select i from generate_series(1, 1000) as i;
insert into senders select i from generate_series(1, 1000) as i;
insert into parcels select i, i % 900 + 1, i % 900 + 1, repeat('x', 100) from generate_series(1, 20000) as i;
delete from places where id > 990;
delete from senders where id > 990;
vacuum analyze;
