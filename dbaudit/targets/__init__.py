"""How to reach a database, and the guards that every session on it carries."""
