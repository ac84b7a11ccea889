CREATE INDEX CONCURRENTLY orders_customer_again ON orders (customer, id);
CREATE INDEX CONCURRENTLY orders_lower ON public.orders (LOWER(note)) WHERE (total > 5);
CREATE INDEX CONCURRENTLY orders_customer_short ON orders (customer);
CREATE INDEX CONCURRENTLY orders_total_customer ON orders (total, customer);
CREATE INDEX CONCURRENTLY orders_note ON orders (note);
CREATE INDEX CONCURRENTLY orders_note_2 ON orders (note);
