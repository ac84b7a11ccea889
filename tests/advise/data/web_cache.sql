-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create table document_collections (
    id uuid primary key, user_id text, collection_name text unique, created_at timestamptz
);
create table document_chunks (
    id uuid primary key,
    collection_id uuid references document_collections on delete cascade,
    file_name text, chunk_index int, content text, vector_id uuid, metadata jsonb,
    created_at timestamptz
);
insert into document_collections
select md5('collection ' || n)::uuid, 'user ' || n,
    case when n <= 200 then 'web_cache_' else 'documents_' end || n, now() - interval '400 days'
from generate_series(1, 400) as n;
select setseed(0.42);
insert into document_chunks
select
    md5('chunk ' || n)::uuid,
    md5('collection ' || case when is_web then 1 + floor(200 * r * r) else 201 + n % 200 end)::uuid,
    'file ' || n, n % 30, repeat(md5('content ' || n), 31), md5('vector ' || n)::uuid,
    case when is_web then jsonb_build_object(
        'source_type', 'web', 'url', 'https://example.org/' || n, 'title', 'title ' || n,
        'content_hash', 'sha256:' || md5(n::text) || md5('x' || n),
        'topic', (array['news', 'research', 'general', 'general', 'general'])[1 + n % 5],
        'query', 'query ' || n % 500, 'score', s)
    else jsonb_build_object(
        'source_type', (array['pdf', 'md', 'docx', 'upload'])[1 + n % 4], 'page', n % 100)
    end,
    now() - case when is_web then -ln(1 - s) * interval '10 hours' else s * interval '365 days' end
from (
    select n, random() < 0.3 as is_web, random() as r, random() as s
    from generate_series(1, 100000) as n
) as drawn;
vacuum analyze document_collections;
vacuum analyze document_chunks;
