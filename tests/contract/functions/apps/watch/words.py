"""What the app says."""

WORD = "first"
