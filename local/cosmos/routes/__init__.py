"""One file per resource of the REST surface: request in, reply out."""
