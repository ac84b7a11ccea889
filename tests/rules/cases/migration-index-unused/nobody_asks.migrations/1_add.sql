CREATE INDEX CONCURRENTLY orders_note ON orders (note);
CREATE INDEX CONCURRENTLY orders_total_id ON orders (total, id);
CREATE INDEX CONCURRENTLY lines_orders_id ON lines (orders_id);
