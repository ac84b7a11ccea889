-- step: statistics

VACUUM (ANALYZE) memories;
VACUUM (ANALYZE) memory_clusters;
VACUUM (ANALYZE) alembic_version;
