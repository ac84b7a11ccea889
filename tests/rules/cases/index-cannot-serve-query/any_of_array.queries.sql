-- name: tagged
-- param: tag = t7
select id from docs where :tag = any (tags);
