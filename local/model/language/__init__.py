"""Small rules of English: from a speaker's sentences to third-person statements."""
