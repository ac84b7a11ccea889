-- expect: autovacuum severity=error
-- patch-before-remedy: update settings set setting = 'off' where name = 'autovacuum'
-- cleanup: alter system reset autovacuum
-- cleanup: select pg_reload_conf()
create table orders (id bigint);
