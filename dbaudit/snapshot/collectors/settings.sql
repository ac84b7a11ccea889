select
    name,
    setting,
    unit,
    category,
    vartype,
    context,
    source,
    boot_val,
    reset_val,
    pending_restart,
    case
        when unit = 'B' then setting::float8
        when unit in ('kB', 'MB', 'GB') then setting::float8 * pg_size_bytes('1' || unit)
        when unit ~ '^\d+(kB|MB)$' then setting::float8 * pg_size_bytes(unit)
    end as setting_bytes,
    case unit
        when 'ms' then setting::float8 / 1000
        when 's' then setting::float8
        when 'min' then setting::float8 * 60
    end as setting_seconds
from pg_catalog.pg_settings
order by name
