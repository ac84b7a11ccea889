-- expect: public.clusters.clusters_user_id_idx
create table clusters (user_id int, topic text, unique (user_id, topic));
create index clusters_user_id_idx on clusters (user_id);
