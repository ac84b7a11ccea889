-- expect: nothing
-- servers: pg15 pg18
create table orders (id bigint) with (autovacuum_vacuum_scale_factor = 0.5, fillfactor = 80);
create table enabled (id bigint) with (autovacuum_enabled = true);
create table toast_only (id bigint, note text) with (toast.autovacuum_enabled = false);
