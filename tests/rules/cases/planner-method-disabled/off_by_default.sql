-- expect: nothing
-- servers: pg15 pg18
do $$ begin execute format('alter database %I set enable_nestloop = on', current_database()); end $$;
do $$ begin execute format('alter database %I set enable_partitionwise_join = off', current_database()); end $$;
do $$ begin execute format('alter database %I set jit = off', current_database()); end $$;
