"""`./dev demo`: a conversation goes in, memories come out, and the figures are counted."""
