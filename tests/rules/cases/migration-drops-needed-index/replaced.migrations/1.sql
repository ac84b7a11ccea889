CREATE INDEX CONCURRENTLY orders_customer_id ON orders (customer, id);
DROP INDEX CONCURRENTLY orders_customer;
DROP INDEX CONCURRENTLY "Orders, note";
CREATE UNIQUE INDEX CONCURRENTLY orders_serial_2 ON orders (serial);
DROP INDEX CONCURRENTLY orders_serial;
