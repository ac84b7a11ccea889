-- What belongs to a lecture: its hash, and the answers that were made from it.

-- name: by_lecture
-- description: the answers made from a lecture, for the backend
-- weight: 2
-- max_ms: 5
-- role: service_role
-- param: lecture_id uuid = d124fe47-bfd1-ddab-45ec-da23b4fb1ded
SELECT * FROM ai_response_cache WHERE lecture_ids @> ARRAY[:lecture_id]::uuid[];

-- name: by_lecture_teacher
-- description: the same list on a teacher's page, under the policy read_responses
-- weight: 1
-- role: authenticated
-- set: request.jwt.claims = {"role": "authenticated", "sub": "bb9836f5-e2ce-756d-059b-9a4556283bc0"}
-- param: lecture_id uuid = d124fe47-bfd1-ddab-45ec-da23b4fb1ded
SELECT * FROM ai_response_cache WHERE lecture_ids @> ARRAY[:lecture_id]::uuid[];

-- name: invalidate
-- description: a lecture's text has changed: the trigger deletes the answers made from it
-- weight: 4
-- role: service_role
-- param: lecture_id uuid = d124fe47-bfd1-ddab-45ec-da23b4fb1ded
-- param: content_hash varchar(64) = 708e743c7866a225d8e3e5cc1fb92bbc9b239b47a733ada734f2b9961ba4a714
UPDATE lecture_content_hashes SET content_hash = :content_hash WHERE lecture_id = :lecture_id;

-- name: hash_put
-- description: a lecture is hashed again, nearly always to what it was
-- weight: 2
-- role: service_role
-- param: lecture_id uuid = d124fe47-bfd1-ddab-45ec-da23b4fb1ded
INSERT INTO lecture_content_hashes (lecture_id, content_hash)
SELECT lecture_id, content_hash FROM lecture_content_hashes WHERE lecture_id = :lecture_id
ON CONFLICT (lecture_id) DO UPDATE SET content_hash = excluded.content_hash;

-- name: lecture_hash
-- description: asked for each lecture of a page
-- weight: 1
-- role: service_role
-- param: lecture_id uuid = d124fe47-bfd1-ddab-45ec-da23b4fb1ded
SELECT content_hash FROM lecture_content_hashes WHERE lecture_id = :lecture_id;

-- name: lectures_of_course
-- description: which lectures to hash again
-- weight: 0.3
-- role: service_role
-- param: course_id uuid = 77feaa2e-7964-7d55-c8c4-0e3a7ab292e3
SELECT id FROM lectures WHERE course_id = :course_id;

-- name: orphans
-- description: hashes whose lecture is gone
-- weight: 0.1
-- role: service_role
SELECT count(*) FROM lecture_content_hashes WHERE lecture_id NOT IN (SELECT id FROM lectures);
