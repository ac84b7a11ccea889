-- expect: public.users.users_email_idx
-- expect: public.users.users_id_key
create table users (id bigint primary key, email text unique);
alter table users add constraint users_id_key unique (id);
create unique index users_email_idx on users (email);
