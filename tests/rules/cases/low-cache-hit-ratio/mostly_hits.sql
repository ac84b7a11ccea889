-- expect: nothing
-- patch: update databases set blks_hit = 98000000, blks_read = 4000000, stats_age_seconds = 864000 where is_current
create table orders (id bigint);
