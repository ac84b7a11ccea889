-- expect: nothing
-- option: min_times = 20
-- patch: insert into loops by name select 'abc' as pattern, 'n_plus_one' as kind, 'select * from items where order_id = ?' as child, 'select' as child_kind, 'f00d' as child_fingerprint, ['select * from items where order_id = ?'] as children, 9 as occurrences, 90 as times, 10 as typical_times, 10 as largest_times, 90.0 as total_ms, 0.1 as share, 90 - 9 as round_trips_saved, 'likely' as confidence, 'select * from orders' as parent
-- patch: insert into loops by name select 'abc' as pattern, 'row_by_row_write' as kind, 'insert into items ( a ) values ( ? )' as child, 'insert' as child_kind, 'f00d' as child_fingerprint, ['insert into items ( a ) values ( ? )'] as children, 1 as occurrences, 900 as times, 900 as typical_times, 900 as largest_times, 90.0 as total_ms, 0.1 as share, 900 - 1 as round_trips_saved, 'likely' as confidence
select 1;
