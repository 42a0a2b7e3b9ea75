"""Credentials for every origin, which no browser accepts."""
