"""Running compiled queries over the stored items: which rows, their scores, and pages of results."""
