DROP INDEX CONCURRENTLY orders_customer;
DROP INDEX CONCURRENTLY orders_code, orders_serial;
DROP INDEX CONCURRENTLY IF EXISTS orders_total, orders_total_2, orders_gone;
