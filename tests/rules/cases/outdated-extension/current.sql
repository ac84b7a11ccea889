-- expect: nothing
-- servers: pg15 pg18
create extension pg_trgm;
