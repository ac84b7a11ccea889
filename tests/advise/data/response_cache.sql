-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create table ai_response_cache (
    id uuid primary key, cache_key varchar(64) unique, operation_type varchar(50),
    lecture_ids uuid[], content_hash varchar(64), response_data jsonb, hit_count int default 0,
    created_at timestamptz, last_accessed_at timestamptz
) with (fillfactor = 85);
create index idx_ai_cache_key on ai_response_cache (cache_key);
select setseed(0.42);
insert into ai_response_cache
select md5('id ' || n)::uuid, md5('key ' || n), (array['quiz', 'summary', 'notes', 'cards'])[1 + n % 4],
    array[md5('lecture ' || floor(5000 * r))::uuid, md5('lecture ' || floor(5000 * s))::uuid],
    md5('hash ' || n % 7000), jsonb_build_object('text', repeat(md5(n::text), 20)),
    floor(-5 * ln(1 - r)), now() - s * interval '40 days', now() - r * interval '1 day'
from (select n, random() as r, random() as s from generate_series(1, 40000) as n) as drawn;
vacuum analyze ai_response_cache;
update ai_response_cache set hit_count = hit_count + 1 where cache_key in (
    select md5('key ' || n) from generate_series(1, 40000, 40) as n
);
select pg_stat_force_next_flush();
