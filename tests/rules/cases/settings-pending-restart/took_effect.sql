-- expect: nothing
-- cleanup: alter system reset random_page_cost
-- cleanup: select pg_reload_conf()
alter system set random_page_cost = 3.9;
select pg_reload_conf();
