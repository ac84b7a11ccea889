-- What the session itself has set (its timeouts among them) is not the server's configuration.
with configured as (
    select
        s.*,
        case when s.source = 'session' then s.reset_val else s.setting end as configured_setting
    from pg_catalog.pg_settings as s
)

select
    name,
    configured_setting as setting,
    unit,
    category,
    vartype,
    context,
    nullif(source, 'session') as source,
    boot_val,
    reset_val,
    pending_restart,
    case
        when unit = 'B' then configured_setting::float8
        when unit in ('kB', 'MB', 'GB') then configured_setting::float8 * pg_size_bytes('1' || unit)
        when unit ~ '^\d+(kB|MB)$' then configured_setting::float8 * pg_size_bytes(unit)
    end as setting_bytes,
    case unit
        when 'ms' then configured_setting::float8 / 1000
        when 's' then configured_setting::float8
        when 'min' then configured_setting::float8 * 60
    end as setting_seconds
from configured
order by name
