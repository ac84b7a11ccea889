-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create table memories (
    id int primary key, user_id varchar(128), namespace varchar(128), thread_id varchar(128),
    content text not null, tier varchar(64), score int, metadata jsonb, related_threads jsonb,
    summarized boolean, created_at timestamp, updated_at timestamp
);
create table memory_clusters (
    cluster_id int primary key, user_id varchar(128), topic varchar(256), category varchar(256),
    summary text, unique (user_id, topic, category)
);
create index idx_cluster_user on memory_clusters (user_id);
create table languages (code text primary key, name text, is_default boolean);
insert into languages select 'l' || n, 'language ' || n, n = 1 from generate_series(1, 100) as n;
select setseed(0.42);
insert into memories
select n, 'user ' || floor(500 * r * r), 'default',
    'thread ' || floor(500 * r * r) || '/' || n % 10, repeat(md5(n::text), 8), tier, n % 100,
    jsonb_build_object(
        'topic', 'topic ' || floor(20 * s * s), 'category', 'category ' || n % 4,
        'entities', jsonb_build_array('e' || floor(3000 * r), 'e' || floor(3000 * s)),
        'customer', jsonb_build_object('tier', case when s < 0.03 then 'premium' else 'free' end)),
    jsonb_build_array('thread ' || n % 5000, 'thread ' || n % 4999),
    false, now() - age * interval '1 day', now() - age * interval '1 day'
from (
    select n, r, s, tier,
        u * case tier when 'short' then 8 when 'mid' then 60 else 180 end as age
    from (
        select n, random() as r, random() as s, random() as u,
            case when t < 0.15 then 'short' when t < 0.45 then 'mid' else 'long' end as tier
        from (select n, random() as t from generate_series(1, 60000) as n) as numbered
    ) as drawn
) as aged;
insert into memory_clusters
select n, 'user ' || n % 500, 'topic ' || n % 20, 'category ' || n, repeat('summary ', 20)
from generate_series(1, 10000) as n;
vacuum analyze memories;
vacuum analyze memory_clusters;
vacuum analyze languages;
