-- name: range_one_partition
select * from sales.measure where at = '2025-03-07' and sensor = 5;
-- name: range_all_partitions
select count(*) from sales.measure where sensor = 5;
-- name: range_latest
select * from sales.measure where sensor = 7 order by at desc limit 5;
-- name: range_pruned_aggregate
select sensor, avg(value) from sales.measure where at >= '2025-05-01' and at < '2025-07-01' group by sensor;
-- name: range_value
select * from sales.measure where value = 3.5 and note = 'note 35';
-- name: hash_one
select * from tenant_event where tenant = 77 order by at desc limit 10;
-- name: hash_all
select tenant, count(*) from tenant_event where kind = 'kind 3' group by tenant;
-- name: hash_two
select * from tenant_event where tenant in (3, 4) and kind = 'kind 3';
-- name: hash_self_join
select a.id from tenant_event a join tenant_event b using (tenant, id) where a.kind = 'kind 5';
-- name: partitionwise
-- set: enable_partitionwise_join = on
-- set: enable_partitionwise_aggregate = on
select a.tenant, count(*) from tenant_event a join tenant_event b using (tenant, id) group by a.tenant;
-- name: list_sub_one
select sum(amount) from region_sale where region = 'de' and at between '2025-08-01' and '2025-08-03';
-- name: list_all
select region, sum(amount) from region_sale where customer = 17 group by region;
-- name: list_order
select * from region_sale order by at limit 20;
-- name: leaf_alone
select * from region_sale_eu_old where customer = 5;
-- name: inheritance
select * from vehicle where plate = 'c77';
-- name: inheritance_only
select * from only vehicle where id = 7;
-- name: inheritance_child
select * from lorry where bought = '2021-03-03';
-- name: inheritance_order
select * from vehicle order by id limit 5;
-- name: inheritance_update
update vehicle set bought = now() where plate = 'l77';
-- name: domain
select id from person where email = 'p77@example.org';
-- name: domain_range
select count(*) from person where age between 20 and 25;
-- name: enum
select * from person where feeling = 'sad' and age = 17 and not gone;
-- name: enum_order
select * from person where not gone order by feeling, age limit 10;
-- name: composite
select * from person where home = row(10, 20)::geo_point;
-- name: composite_field
select count(*) from person where (home).lat > 80;
-- name: per_column_collation
select * from person where first_name like 'first 12%';
-- name: other_collation
select * from person order by last_name collate "C" limit 10;
-- name: generated_stored
select id from person where full_name = 'first 5 last 705';
-- name: expression_index
select * from person where lower(last_name) = 'last 77';
-- name: expression_statistics
select count(*) from person where age % 10 = 3;
-- name: expression_statistics_one
select * from person where age % 7 = 3 order by id limit 1000;
-- name: expression_group
select lower(first_name), count(*) from person group by 1;
-- name: ndistinct
select city, zip, state, count(*) from address group by city, zip, state;
-- name: dependencies
select * from address where city = 'city 7' and zip = 'zip 407';
-- name: most_common
select * from address where city = 'city 7' and state = 'state 0' and zip = 'zip 407';
-- name: foreign_key_join
select p.last_name, a.city from address a join person p on p.id = a.person_id where a.kind = 1;
-- name: foreign_keys
select count(*) from visit v join person p on p.id = v.person_id join address a on a.person_id = p.id where v.day = '2025-02-02';
-- name: foreign_key_group
select p.id, sum(v.pages) from visit v join person p on p.id = v.person_id group by p.id;
-- name: parallel_workers
select count(*), sum(pages) from visit;
-- name: n_distinct_option
select day, count(*) from visit group by day;
-- name: materialised
select * from visits_by_day where visits > 100;
-- name: materialised_indexed
select * from visits_by_day where day = '2025-03-03';
-- name: materialised_join
select m.day, p.id from visits_by_day m join visit v using (day, pages) join person p on p.id = v.person_id where m.total = 30;
-- name: view
select * from happy_person where age = 33;
-- name: view_on_view
select last_name, sum(pages) from happy_visit where day = '2025-02-02' group by last_name;
-- name: view_limit
select * from happy_visit where email = 'p77@example.org' order by day desc limit 5;
-- name: security_barrier
select * from person_secret where last_name = 'last 77';
-- name: security_barrier_leaky
select * from person_secret where score(age) > 50 and last_name = 'last 77';
-- name: row_level_security
-- role: kinds_reader
-- set: app.user = user77
select * from document where id < 20000;
-- name: row_level_security_order
-- role: kinds_reader
-- set: app.user = user77
select * from document order by id limit 10;
-- name: odd_names
select "I d" from "Odd ""q"". 😀"."Tab.le 'x' $1" where "päth/;--" = 'p77';
-- name: odd_names_join
select a."I d" from "Odd ""q"". 😀"."Tab.le 'x' $1" a join one_page b on b.id = a."select" where b.body = 'b3';
-- name: longest_names
select * from ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc where ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd = 5;
-- name: unlogged
select * from scratch where k = 5;
-- name: search_path
-- set: search_path = sales, public
select * from scratch where k = 5;
-- name: sql_function
select count(*) from visit where is_recent(day);
-- name: costly_function
select count(*) from person where score(age) = 10;
-- name: set_function
select * from some_days() d join visits_by_day m on m.day = d;
-- name: volatile_function
select * from person where id = lucky();
-- name: aggregate_function
select feeling, longest(last_name) from person group by feeling;
-- name: composite_function
select * from person where home = point_of(3, 4);
-- name: dropped_column
select c, d, count(*) from gone_column group by c, d;
-- name: dropped_column_where
select * from gone_column where c = 7 and d = 1;
-- name: never_analysed
select * from never_analysed where id = 5;
-- name: never_analysed_join
select * from never_analysed n join one_page o using (id);
-- name: empty_table
select * from empty_table where id = 5;
-- name: empty_join
select * from empty_table e join person p using (id);
-- name: one_page
select * from one_page where id = 5;
-- name: recent
select * from ticket where at > '2025-11-15';
-- name: beyond_the_end
select * from ticket where at > '2030-01-01';
-- name: open_tickets
select count(*) from ticket where state = 'open' and at > '2025-10-01';
-- name: children
select p.id, count(c.id) from ticket p left join ticket c on c.parent = p.id where p.state = 'open' group by p.id;
-- name: delete_cascade
delete from ticket where id = 77;
-- name: min_max
select min(at), max(at) from ticket;
-- name: distinct_on
select distinct on (parent) parent, id from ticket order by parent, at desc;
-- name: or_conditions
select * from ticket where id = 5 or id = 77 or parent = 9;
-- name: in_subquery
select * from person where id in (select person_id from visit where day = '2025-02-02' and pages = 3);
-- name: not_in
select count(*) from person where id not in (select person_id from address where kind = 0);
-- name: lateral
select p.id, v.day from person p cross join lateral (select day from visit v where v.person_id = p.id order by day desc limit 1) v where p.last_name = 'last 5';
-- name: recursive
with recursive up as (select id, parent from ticket where id = 250000 union all select t.id, t.parent from up join ticket t on t.id = up.parent) select * from up;
-- name: materialised_cte
with busy as materialized (select person_id, count(*) from visit group by person_id) select * from busy join person p on p.id = busy.person_id where p.age = 5;
-- name: union_all
select id, email from person where age = 3 union all select id, plate from vehicle where bought = '2021-01-01';
-- name: union_distinct
select last_name from person where age = 3 union select zip from address where city = 'city 3';
-- name: window
select id, rank() over (partition by age order by id) from person where gone;
-- name: grouping_sets
select city, state, count(*) from address group by grouping sets ((city), (state), ());
-- name: merge
merge into address a using (select id from person where age = 7) p on a.person_id = p.id when matched then update set kind = 5 when not matched then do nothing;
-- name: insert_conflict
insert into one_page values (3, 'x') on conflict (id) do update set body = excluded.body;
-- name: array_contains
select * from label where tags @> array['t7', 'u3'];
-- name: json_contains
select * from label where data @> '{"k": 7}';
-- name: text_search
select * from label where words @@ to_tsquery('simple', 'w77 & x5');
-- name: range_overlaps
select * from label where span && int4range(100, 120);
-- name: many_values
select * from ticket where id = any (array[1, 2, 3, 5, 8, 13, 21, 34, 55, 89]);
-- name: order_by_two
select * from ticket order by at, id limit 100;
-- name: sort_all
select * from visit order by day, pages;
-- name: table_sample
select count(*) from visit tablesample system (5);
-- name: row_comparison
select * from ticket where (at, id) > ('2025-11-01', 290000) order by at, id limit 20;
-- name: generic
select * from person where age = $1 and feeling = $2;
-- name: for_update
select * from ticket where state = 'open' order by id limit 1 for update skip locked;
-- name: exists_anti
select p.id from person p where not exists (select from visit v where v.person_id = p.id and v.pages > 28);
