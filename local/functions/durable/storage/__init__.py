"""Orchestration and entity state on disk: the SQLite file, its rows and what follows from them."""
