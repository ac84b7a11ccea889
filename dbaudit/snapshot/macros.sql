-- Words for the rules' messages and remedies.

create macro quote_ident(name) as
    case
        when regexp_full_match(name, '[a-z_][a-z0-9_]*') and not list_contains($keywords, name)
            then name
        else '"' || replace(name, '"', '""') || '"'
    end;

create macro qualified(schema_name, name) as
    quote_ident(schema_name) || '.' || quote_ident(name);

create macro quote_literal(value) as
    '''' || replace(value, '''', '''''') || '''';

-- As pg_size_pretty: binary units with their everyday names.
create macro pretty_bytes(bytes) as
    case
        when bytes is null then null
        when abs(bytes) < 10240 then format('{:d} B', bytes::bigint)
        when abs(bytes) < 10485760 then format('{:.0f} kB', bytes / 1024.0)
        when abs(bytes) < 10737418240 then format('{:.0f} MB', bytes / 1048576.0)
        when abs(bytes) < 10995116277760 then format('{:.1f} GB', bytes / 1073741824.0)
        else format('{:.1f} TB', bytes / 1099511627776.0)
    end;

create macro pretty_count(number) as
    format('{:,}', round(number)::bigint);

create macro pretty_seconds(seconds) as
    case
        when seconds is null then null
        when seconds < 120 then format('{:.0f} s', seconds::double)
        when seconds < 7200 then format('{:.0f} min', seconds / 60.0)
        when seconds < 172800 then format('{:.0f} h', seconds / 3600.0)
        else format('{:.0f} days', seconds / 86400.0)
    end;
