"""The log: what is shown, and in which form."""
