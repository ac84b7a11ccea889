-- expect: max_prepared_transactions
-- cleanup: alter system set max_prepared_transactions = 0
-- cleanup: select pg_reload_conf()
-- cleanup: select pg_sleep(0.5)
-- cleanup: alter system reset max_prepared_transactions
alter system set max_prepared_transactions = 7;
select pg_reload_conf();
select pg_sleep(0.5);
