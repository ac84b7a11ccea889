-- expect: nothing
create table chunks (id int primary key, kind int, word text, content text,
    content_length int generated always as (length(content)) stored);
insert into chunks select i, i % 4, 'word', repeat('x', 300) from generate_series(1, 20000) i;
create table few (content text);
insert into few select repeat('x', 300) from generate_series(1, 100);
vacuum analyze chunks, few;
