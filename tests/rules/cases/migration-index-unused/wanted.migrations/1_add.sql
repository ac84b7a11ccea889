CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);
CREATE INDEX CONCURRENTLY orders_total ON orders (total);
CREATE INDEX CONCURRENTLY orders_note ON orders (note);
CREATE UNIQUE INDEX CONCURRENTLY lines_unique ON lines (id);
CREATE INDEX CONCURRENTLY lines_orders ON lines (orders_id);
CREATE INDEX CONCURRENTLY "small, yet" ON "Small ""S" ("Kéy");
DROP INDEX CONCURRENTLY lines_code_id;
CREATE INDEX CONCURRENTLY lines_code ON lines (code);
