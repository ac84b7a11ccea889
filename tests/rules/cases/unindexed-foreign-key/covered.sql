-- expect: nothing
-- servers: pg15 pg16 pg18
-- option: min_table_bytes = 0
create table tenants (id int, part int, primary key (id, part));
create table customers (id bigint primary key, code text unique);
create table a (tenant_id int, part int, note text, foreign key (tenant_id, part) references tenants);
create index on a (part, tenant_id, note);
create table b (customer_id bigint references customers);
create index on b using hash (customer_id);
create table c ("Customer Id" bigint references customers);
create index on c ("Customer Id") where "Customer Id" is not null;
create table d (id bigint unique, tenant_id int, part int, foreign key (tenant_id, part) references tenants);
create index on d (tenant_id, part) where tenant_id is not null and part is not null;
create table e (customer_id bigint primary key references customers);
create table f (tenant_id int, part int unique, foreign key (tenant_id, part) references tenants);
create table g (tenant_id int, part int, foreign key (tenant_id, part) references tenants);
create index on g (part);
insert into tenants select 1, i from generate_series(1, 1000) as i;
insert into g select 1, i from generate_series(1, 1000) as i;
analyze g;
