/*
id = "planner-method-disabled"
title = "A planner method is switched off"
category = "configuration"
severity = "warning"
needs = ["settings", "databases"]
why = """
The enable_* settings are there to find out what the planner would do otherwise, in one session. Switched off for a
database, a role or the whole server they bend every plan, long after the query that asked for it is gone. It is right to
ignore it when somebody measured it lately and wrote down why. Methods that are off by default are not reported.
"""
references = ["https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-ENABLE"]
*/
select
    'setting' as object_kind,
    s.name,
    format('{} is off (set by: {}): every plan is bent', s.name, s.source) as message,
    {'setting': s.setting, 'boot_val': s.boot_val, 'source': s.source} as evidence,
    case s.source
        when 'database' then 'take the setting back for the database'
        when 'user' then 'take it back: ALTER ROLE ... RESET ' || s.name
        else 'take it back where it was set (' || s.source || ')'
    end as remedy,
    if(s.source = 'database',
        format('ALTER DATABASE {} RESET {}', quote_ident(d.datname), s.name), null) as remedy_sql,
    if(s.source = 'database',
        format('ALTER DATABASE {} SET {} = off', quote_ident(d.datname), s.name), null) as undo_sql
from settings as s
cross join (select datname from databases where is_current) as d
where starts_with(s.name, 'enable_') and s.vartype = 'bool' and s.setting = 'off' and s.boot_val = 'on'
    and s.source <> 'default'
order by s.name
