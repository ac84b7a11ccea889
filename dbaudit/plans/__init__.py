"""Plans: EXPLAIN (FORMAT JSON) as typed nodes with derived figures, and as a table."""
