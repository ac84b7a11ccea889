-- expect: insert into items ( a ) values ( ? ) key=abc severity=warning confidence=likely
-- patch: insert into loops by name select 'abc' as pattern, 'row_by_row_write' as kind, 'insert into items ( a ) values ( ? )' as child, 'insert' as child_kind, 'f00d' as child_fingerprint, ['insert into items ( a ) values ( ? )'] as children, 1 as occurrences, 1000 as times, 1000 as typical_times, 1000 as largest_times, 1400.0 as total_ms, 0.004 as share, 1000 - 1 as round_trips_saved, 'likely' as confidence, 'import.py:9' as place
select 1;
