CREATE INDEX orders_note ON orders (note);
DROP INDEX orders_total;
BEGIN;
CREATE INDEX CONCURRENTLY orders_open ON orders (id) WHERE total > 5;
DROP INDEX CONCURRENTLY orders_paid;
COMMIT;
ALTER TABLE orders ADD CONSTRAINT orders_code UNIQUE (code);
CREATE INDEX CONCURRENTLY events_at ON events (at);
CREATE INDEX tiny_note ON tiny (note);
