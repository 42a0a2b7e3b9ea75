"""The host's own routes: its status, its functions, and the page at its root."""
