-- expect: delete from items where id = ? severity=info confidence=likely
-- patch: insert into loops by name select 'abc' as pattern, 'row_by_row_write' as kind, 'delete from items where id = ?' as child, 'delete' as child_kind, 'f00d' as child_fingerprint, ['delete from items where id = ?'] as children, 1 as occurrences, 20 as times, 20 as typical_times, 20 as largest_times, 4.0 as total_ms, 0.0001 as share, 20 - 1 as round_trips_saved, 'likely' as confidence
select 1;
