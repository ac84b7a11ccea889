-- step: words and sentences

-- 4,000 words of two to four syllables, each once, and 12,000 sentences of 11 of them. Early words
-- are much more common than late ones (power 3). A sentence costs one lookup where a message of
-- words would cost 33, so a million messages are made in seconds.
SELECT setseed(0.5);

CREATE TEMPORARY TABLE words AS
SELECT row_number() OVER (ORDER BY md5(word)) AS n, word
FROM (
    SELECT DISTINCT ON (word) word
    FROM generate_series(1, 9000) AS i
    CROSS JOIN LATERAL (
        SELECT string_agg(
            substr('bcdfghjklmnprstvwz', 1 + get_byte(digest, 2 * s) % 18, 1)
            || substr('aeiou', 1 + get_byte(digest, 2 * s + 1) % 5, 1), '' ORDER BY s
        ) || (ARRAY['n', 'r', 's', 't', 'm', 'l', 'ck', 'nd'])[1 + get_byte(digest, 15) % 8] AS word
        FROM (SELECT decode(md5('word ' || i), 'hex') AS digest) AS digests
        CROSS JOIN generate_series(0, 1 + i % 3) AS s
        GROUP BY digest
    ) AS made
    ORDER BY word
) AS distinct_words
ORDER BY 1
LIMIT 4000;

CREATE TEMPORARY TABLE sentences AS
SELECT s AS n, string_agg(word, ' ' ORDER BY place) AS sentence
FROM (
    SELECT s, place, 1 + floor(4000 * power(random(), 3))::integer AS n
    FROM generate_series(0, 11999) AS s CROSS JOIN generate_series(1, 11) AS place
) AS slots
JOIN words USING (n)
GROUP BY s;

ANALYZE words;
ANALYZE sentences;
