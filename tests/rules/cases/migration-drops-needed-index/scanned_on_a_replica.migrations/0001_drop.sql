drop index concurrently orders_note;
drop index concurrently orders_kind;
