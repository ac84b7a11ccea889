-- expect: select * from items where order_id = ? key=abc severity=warning confidence=certain
-- servers: pg15 pg18
-- patch: insert into loops by name select 'abc' as pattern, 'n_plus_one' as kind, 'select * from items where order_id = ?' as child, 'select' as child_kind, 'f00d' as child_fingerprint, ['select * from items where order_id = ?'] as children, 2 as occurrences, 20 as times, 10 as typical_times, 10 as largest_times, 6.5 as total_ms, 0.004 as share, 20 - 2 as round_trips_saved, 'certain' as confidence, 'select * from orders where shop_id = ?' as parent, 'shop/views.py:7' as place, ['shop/views.py:7'] as places
select 1;
