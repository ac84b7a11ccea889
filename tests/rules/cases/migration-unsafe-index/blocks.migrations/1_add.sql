CREATE INDEX orders_note ON orders (note);
DROP INDEX orders_total;
ALTER TABLE orders ADD CONSTRAINT orders_code UNIQUE (code);
CREATE INDEX tiny_note ON tiny (note);
REINDEX TABLE orders;
