DROP INDEX orders_note; CREATE INDEX orders_total ON orders (total);
