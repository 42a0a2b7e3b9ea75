"""A functionTimeout that is no length of time."""
