"""The use cases, against ports only: load, decide in the domain, save."""
