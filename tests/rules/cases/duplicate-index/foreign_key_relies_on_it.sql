-- expect: public.users.users_code_b
create table users (id bigint primary key, code text not null);
create unique index users_code_a on users (code);
create table logins (code text references users (code));
create unique index users_code_b on users (code);
