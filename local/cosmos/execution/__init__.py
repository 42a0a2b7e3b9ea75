"""Running compiled queries over stored items: which rows, their scores, pages of results."""
