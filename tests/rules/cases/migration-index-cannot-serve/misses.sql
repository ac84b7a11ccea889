-- expect: public.documents.documents_title severity=warning confidence=likely
-- expect: public.documents.documents_search_by_prefix severity=warning confidence=likely
-- expect: public.documents.documents_other severity=warning
-- expect: public.documents.documents_flag severity=info confidence=possible
create table documents (id int primary key, title text, flag int, owner int);
create table other (id int);
insert into documents select i, md5(i::text), i % 2, i % 900 from generate_series(1, 20000) as i;
create index documents_owner on documents (owner);
vacuum analyze;
