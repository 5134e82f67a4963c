"""What the service keeps: SQLAlchemy over SQLite or PostgreSQL, one module a noun."""
