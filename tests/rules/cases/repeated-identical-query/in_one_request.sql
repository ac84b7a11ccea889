-- expect: select * from settings key=abc severity=warning confidence=likely
-- patch: insert into loops by name select 'abc' as pattern, 'repeated_query' as kind, 'select * from settings' as child, 'select' as child_kind, 'f00d' as child_fingerprint, ['select * from settings'] as children, 40 as occurrences, 480 as times, 12 as typical_times, 12 as largest_times, 900.0 as total_ms, 0.05 as share, 480 - 40 as round_trips_saved, 'likely' as confidence
select 1;
