"""A log level that does not exist."""
