-- expect: select * from items where order_id = ? severity=warning confidence=likely
-- patch: insert into loops by name select 'abc' as pattern, 'n_plus_one' as kind, 'select * from items where order_id = ?' as child, 'select' as child_kind, 'f00d' as child_fingerprint, ['select * from items where order_id = ?'] as children, 100 as occurrences, 5000 as times, 50 as typical_times, 50 as largest_times, 900.0 as total_ms, 0.2 as share, 5000 - 100 as round_trips_saved, 'likely' as confidence, 'select * from orders where shop_id = ?' as parent
select 1;
