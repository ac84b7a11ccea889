-- expect: public.orders.orders_customer_again severity=warning confidence=certain
-- expect: public.orders.orders_lower severity=warning confidence=certain
-- expect: public.orders.orders_customer_short severity=warning confidence=likely
-- expect: public.orders.orders_total_customer severity=info confidence=likely
-- expect: public.orders.orders_note_2 severity=warning confidence=certain
create table orders (id int primary key, customer int, note text, total int);
create index orders_customer_id on orders (customer, id);
create index orders_note_lower on orders (lower(note)) where total > 5;
create index orders_total on orders (total);
