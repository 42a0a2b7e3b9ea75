"""The query language: text to syntax tree, tree to closures, closures over rows."""
