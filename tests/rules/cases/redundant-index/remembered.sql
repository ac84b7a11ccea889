-- expect: public.visits.visits_day
-- option: max_size_ratio = 0.1
-- patch: insert into missed_indexes values ('public', 'visits_place', 'apply dropped it and built it again')
create table visits (place int, day int, note text);
insert into visits select i % 500, i, repeat('x', 60) from generate_series(1, 20000) as i;
create index visits_place on visits (place);
create index visits_place_day on visits (place, day);
create index visits_day on visits (day);
create index visits_day_place on visits (day, place);
vacuum analyze visits;
