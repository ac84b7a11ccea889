-- expect: public.users.users_b
create table users (id bigint primary key, code text);
alter table users add constraint users_a unique (code) deferrable;
alter table users add constraint users_b unique (code) deferrable initially deferred;
