-- expect: public.orders key=tenant_id,number
-- option: min_table_bytes = 0
create table tenants (id int, number int, primary key (id, number));
create table orders (at date, tenant_id int, number int, foreign key (tenant_id, number) references tenants)
partition by range (at);
create table orders_2024 partition of orders for values from ('2024-01-01') to ('2025-01-01');
create table orders_2025 partition of orders for values from ('2025-01-01') to ('2026-01-01');
create index on orders_2024 (number, tenant_id);
create table covered (at date, tenant_id int, number int, foreign key (tenant_id, number) references tenants)
partition by range (at);
create table covered_2024 partition of covered for values from ('2024-01-01') to ('2025-01-01');
create table covered_2025 partition of covered for values from ('2025-01-01') to ('2026-01-01');
create index on covered_2024 (number, tenant_id);
create index on covered_2025 (tenant_id, number);
insert into tenants values (1, 1);
insert into orders values ('2024-02-02', 1, 1), ('2025-02-02', 1, 1);
insert into covered values ('2024-02-02', 1, 1), ('2025-02-02', 1, 1);
