"""The prompts: text, answer schema and version of each, together in one file."""
