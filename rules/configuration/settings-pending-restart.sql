/*
id = "settings-pending-restart"
title = "A changed setting waits for a restart"
category = "configuration"
severity = "info"
needs = ["settings"]
why = """
The configuration file says one thing and the server does another until it is restarted: the change has no effect yet, and
the next restart, perhaps an unplanned one, brings it as a surprise. It is right to ignore it when the restart is planned.
Settings of the server's command line are not reported: there the file has no say.
"""
references = ["https://www.postgresql.org/docs/current/view-pg-settings.html"]
*/
select
    'setting' as object_kind,
    name,
    format('{} was changed in the configuration; the server still runs with {}{}', name, setting,
        coalesce(' ' || unit, '')) as message,
    {'setting': setting, 'unit': unit, 'source': source} as evidence,
    'restart the server, or take the change back' as remedy
from settings
where pending_restart and source <> 'command line'
order by name
