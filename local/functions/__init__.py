"""A Functions host on one machine: it indexes and runs an unmodified Python function app."""
