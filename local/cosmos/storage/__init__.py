"""Everything that touches the disk: the SQLite file, its lock, its commits and its rows."""
