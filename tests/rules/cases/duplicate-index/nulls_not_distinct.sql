-- expect: nothing
-- servers: pg15 pg18
-- since: 15
create table users (id bigint primary key, code text);
create unique index users_code_a on users (code);
create unique index users_code_b on users (code) nulls not distinct;
