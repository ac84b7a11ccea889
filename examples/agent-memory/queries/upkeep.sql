-- Memories move from tier to tier as they age, and the oldest go. "Now" is 2026-11-01 00:00, from
-- which the loaded ages count back: a memory left alone stays 7 days in the short tier, 59 in the mid
-- one and 179 in the long one. The nightly statements find what has passed that since the night before.

-- name: tier_stats
-- description: how many memories a user has in each tier
-- weight: 4
-- param: user_id text = u00001
SELECT tier, count(*) FROM memories WHERE user_id = :user_id GROUP BY tier;

-- name: tier_stats_all
-- description: the same of all users, for the operators
-- weight: 1
SELECT tier, count(*) FROM memories GROUP BY tier;

-- name: policy_scan
-- description: which memories are past their time in the short tier
-- weight: 1
-- param: tier text = short
-- param: cutoff timestamp = 2026-10-25 00:00:00
SELECT id FROM memories WHERE tier = :tier AND updated_at < :cutoff;

-- name: policy_trim
-- description: the oldest go, nightly
-- weight: 1
-- param: tier text = long
-- param: cutoff timestamp = 2026-05-06 00:00:00
DELETE FROM memories WHERE tier = :tier AND updated_at < :cutoff;

-- name: policy_migrate
-- description: nightly, for each user
-- weight: 5
-- param: user_id text = u00001
-- param: tier text = mid
-- param: next_tier text = long
-- param: cutoff timestamp = 2026-09-03 00:00:00
UPDATE memories SET tier = :next_tier, updated_at = now()
WHERE user_id = :user_id AND tier = :tier AND updated_at < :cutoff;
