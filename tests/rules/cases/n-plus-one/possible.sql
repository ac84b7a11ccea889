-- expect: select * from items where order_id = ? severity=info confidence=possible
-- patch: insert into loops by name select 'abc' as pattern, 'n_plus_one' as kind, 'select * from items where order_id = ?' as child, 'select' as child_kind, 'f00d' as child_fingerprint, ['select * from items where order_id = ?'] as children, 100 as occurrences, 5000 as times, 50 as typical_times, 50 as largest_times, 90000.0 as total_ms, null as share, 5000 - 100 as round_trips_saved, 'possible' as confidence
select 1;
