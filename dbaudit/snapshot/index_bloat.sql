select
    schemaname, tablename, indexname, size_bytes, size_bytes as expected_bytes,
    0 as wasted_bytes, 0.0 as wasted_ratio, false as is_reliable
from indexes
where false
