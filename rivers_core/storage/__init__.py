"""The one place that knows the database: what is kept, how it is written, and how it is read."""
