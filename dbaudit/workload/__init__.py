"""What the application asks of the database: registered queries and what the server counted."""
