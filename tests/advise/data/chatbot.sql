-- VACUUM marks no page all-visible while the commit of its rows is not flushed.
set synchronous_commit = on;
create extension pg_trgm;
create schema chatbot;
create table public.users (id int primary key, username text unique, is_active boolean);
create table chatbot.conversations (
    id int primary key, user_id int references users, title varchar(255), is_archived boolean,
    created_at timestamptz, updated_at timestamptz
);
create table chatbot.messages (
    id bigint primary key, conversation_id int references chatbot.conversations, role varchar(20),
    content text, sequence_number int, created_at timestamptz
);
create table chatbot.memory (
    id int primary key, user_id int, question text, answer text, tags text[], importance int,
    created_at timestamptz
);
insert into users select n, 'user ' || n, n % 33 > 0 from generate_series(1, 5000) as n;
select setseed(0.42);
insert into chatbot.conversations
select n, 1 + floor(5000 * power(r, 2.2)), 'title ' || md5(n::text), s < 0.3,
    now() - s * interval '300 days', now() - r * s * interval '300 days'
from (select n, random() as r, random() as s from generate_series(1, 30000) as n) as drawn;
insert into chatbot.messages
select n, 1 + n / 10, (array['user', 'assistant'])[1 + n % 2],
    md5(n::text) || ' ' || repeat('word' || n % 4000 || ' ', 18), n % 10,
    now() - (100000 - n) * interval '1 minute'
from generate_series(0, 99999) as n;
insert into chatbot.memory
select n, 1 + n % 3000, md5(n::text) || ' question', md5('a' || n) || repeat(' answer', 20),
    array['tag ' || n % 2200, 'tag ' || n % 37], case when n % 5 < 2 then n % 100 end,
    now() - n * interval '1 hour'
from generate_series(1, 50000) as n;
vacuum analyze users;
vacuum analyze chatbot.conversations;
-- With this target ANALYZE reads every row (300 for each of it), so that chance has no part in it.
alter table chatbot.messages alter content set statistics 400;
vacuum analyze chatbot.messages;
vacuum analyze chatbot.memory;
