DROP INDEX CONCURRENTLY orders_customer;
CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);
CREATE INDEX orders_elsewhere ON orders (customer, id);
CREATE INDEX orders_same ON orders (date_trunc('day', at AT TIME ZONE 'UTC'), (meta->>'k'))
    WHERE kind IN ('a', 'b') AND note IS NOT NULL;
