CREATE INDEX CONCURRENTLY orders_note ON orders (note);
DROP INDEX CONCURRENTLY orders_total;
CREATE TABLE lines (id int, orders_id int);
CREATE INDEX lines_orders_id ON lines (orders_id);
CREATE INDEX events_at ON ONLY events (at);
