CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer);
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_note ON orders (note);
