-- expect: month
-- expect: month_of_a_year
-- expect: month_of_a_year
-- expect: hour_of_a_year
-- expect: hour_of_a_year
-- expect: year
-- expect: default
create table events (id int primary key, at timestamp, n int, note text);
insert into events
select i, timestamp '2020-01-01' + i * interval '1 hour', i, repeat('x', 100) from generate_series(1, 40000) as i;
create index on events (at);
vacuum analyze events;
