-- patch: update databases set blks_hit = 8000000, blks_read = 4000000, stats_age_seconds = 864000 where is_current
-- servers: pg15 pg18
-- expect: {database}
create table orders (id bigint);
