-- The settings that bound a build. data_directory is shown to members of pg_read_all_settings only.
select
    (select s.setting from pg_catalog.pg_settings s where s.name = 'data_directory'),
    pg_catalog.pg_size_bytes(current_setting('maintenance_work_mem'))::int8,
    (
        select case when s.setting = '-1' then null else s.setting::int8 * 1024 end
        from pg_catalog.pg_settings s where s.name = 'temp_file_limit'
    ),
    current_setting('max_parallel_workers')::int4,
    pg_catalog.pg_backend_pid()
