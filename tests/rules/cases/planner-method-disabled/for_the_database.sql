-- expect: enable_seqscan severity=warning
-- servers: pg15 pg16 pg18
do $$ begin execute format('alter database %I set enable_seqscan = off', current_database()); end $$;
