-- step: users

INSERT INTO users (id, username, email, is_active, last_login)
SELECT
    n,
    'user' || n,
    'user' || n || '@mail-' || n % 17 || '.example',
    n % 33 <> 0,
    timestamptz '2026-11-01 00:00+00' - n * 7919 % 2592000 * interval '1 second'
FROM generate_series(1, {messages} / 200 + 1) AS n;
