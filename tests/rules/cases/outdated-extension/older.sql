-- expect: {database} key=pg_trgm
-- servers: pg15 pg18
create extension pg_trgm version '1.3';
