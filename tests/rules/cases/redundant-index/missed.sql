-- expect: public.visits.visits_place severity=info confidence=possible
-- option: max_size_ratio = 1000.0
-- advise: true
create table visits (place int, day int, note text);
insert into visits select i % 5, i, repeat('x', 60) from generate_series(1, 20000) as i;
create index visits_place on visits (place);
create index visits_place_note on visits (place, note, day);
vacuum analyze visits;
