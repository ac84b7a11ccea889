-- expect: insert into items ( a ) values ( ? ) severity=info confidence=possible
-- patch: insert into loops by name select 'abc' as pattern, 'row_by_row_write' as kind, 'insert into items ( a ) values ( ? )' as child, 'insert' as child_kind, 'f00d' as child_fingerprint, ['insert into items ( a ) values ( ? )'] as children, 1 as occurrences, 900 as times, 900 as typical_times, 900 as largest_times, 90.0 as total_ms, 0.1 as share, 900 - 1 as round_trips_saved, true as may_be_pipeline, 'possible' as confidence
select 1;
