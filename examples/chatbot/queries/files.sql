-- Uploaded files, and the page of the operators.

-- name: files_user
-- description: a user's files of one type
-- weight: 1.5
-- param: user_id integer = 1
-- param: file_type text = pdf
SELECT * FROM chatbot.uploaded_files WHERE user_id = :user_id AND file_type = :file_type;

-- name: files_todo
-- description: the next files to process
-- weight: 1
SELECT id FROM chatbot.uploaded_files WHERE NOT is_processed ORDER BY created_at LIMIT 100;

-- name: files_name
-- description: files by a part of their name
-- weight: 1
-- param: term text = ac1012df
SELECT id FROM chatbot.uploaded_files WHERE original_filename ILIKE '%' || :term || '%';

-- name: users_active
-- description: how many users are active
-- weight: 0.495
SELECT count(*) FROM users WHERE is_active;
