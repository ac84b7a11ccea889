-- expect: nothing
create table orders (id int primary key, total int, paid int);
create index orders_paid on orders (paid);
create table events (at timestamptz, kind int) partition by range (at);
create index events_kind on events (kind);
