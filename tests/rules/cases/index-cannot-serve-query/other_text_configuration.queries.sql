-- name: search
select id from docs where to_tsvector('simple', title) @@ to_tsquery('simple', 'abcd');
