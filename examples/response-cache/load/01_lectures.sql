-- step: courses and lectures

-- A course for 500 responses, 25 lectures a course. Ids come from numbers, so that the registered
-- queries can name them.
INSERT INTO auth.users (id, email)
SELECT md5('user ' || n)::uuid, 'teacher' || n || '@school.example'
FROM generate_series(1, 1 + {responses} / 2000) AS n;

INSERT INTO courses (id, teacher_id, title)
SELECT md5('course ' || n)::uuid, md5('user ' || 1 + n % (1 + {responses} / 2000))::uuid, 'Course ' || n
FROM generate_series(1, {responses} / 500) AS n;

INSERT INTO lectures (id, course_id, title, created_at)
SELECT
    md5('lecture ' || n)::uuid,
    md5('course ' || 1 + (n - 1) / 25)::uuid,
    'Lecture ' || 1 + (n - 1) % 25,
    timestamptz '2026-09-01 00:00+00' + n * interval '1 minute'
FROM generate_series(1, {responses} / 500 * 25) AS n;

INSERT INTO lecture_content_hashes (lecture_id, content_hash, updated_at)
SELECT
    id,
    encode(sha256(convert_to('content of ' || id, 'UTF8')), 'hex'),
    created_at
FROM lectures
ORDER BY created_at;
