create index orders_customer on orders (customer);
CREATE INDEX CONCURRENTLY orders_customer_desc ON orders (id, customer DESC);
CREATE UNIQUE INDEX CONCURRENTLY orders_customer_unique ON orders (id DESC, total);
CREATE INDEX CONCURRENTLY orders_note_pattern ON orders (note text_pattern_ops);
CREATE INDEX CONCURRENTLY orders_note_some ON orders (note) WHERE total > 5;
DROP INDEX CONCURRENTLY orders_total;
CREATE INDEX CONCURRENTLY orders_total_again ON orders USING hash (total);
