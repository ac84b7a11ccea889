"""The what-if planner: a real, empty PostgreSQL that believes it is as large as the target."""
