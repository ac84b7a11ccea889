-- What a plan and the meaning of an unqualified name depend on, as this session has it.
select name, current_setting(name)
from pg_catalog.pg_settings
where category like 'Query Tuning%%'
    or name in (
        'work_mem', 'hash_mem_multiplier', 'max_parallel_workers_per_gather',
        'max_parallel_workers', 'max_worker_processes', 'parallel_leader_participation',
        'search_path', 'default_text_search_config', 'DateStyle', 'IntervalStyle', 'TimeZone',
        'row_security', 'transform_null_equals', 'array_nulls', 'backslash_quote',
        'escape_string_warning', 'standard_conforming_strings', 'xmloption'
    )
