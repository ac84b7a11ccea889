-- expect: public.visits.visits_place severity=warning confidence=likely
-- option: max_size_ratio = 0.1
-- advise: true
create table visits (place int, day int, note text);
insert into visits select i % 500, i, repeat('x', 60) from generate_series(1, 20000) as i;
create index visits_place on visits (place);
create index visits_place_day on visits (place, day);
vacuum analyze visits;
