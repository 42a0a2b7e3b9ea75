"""Which steps, in which order, with which retry: deterministic, free of SDKs and settings."""
