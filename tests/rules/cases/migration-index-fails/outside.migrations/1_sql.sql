BEGIN;
ALTER TABLE orders ADD COLUMN note text;
COMMIT;
CREATE INDEX CONCURRENTLY orders_open ON orders (id) WHERE total > 5;
DROP INDEX CONCURRENTLY orders_paid;
CREATE INDEX events_at ON ONLY events (at);
DROP INDEX events_kind;
