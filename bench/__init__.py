"""Measurements that print their method; nothing here asserts a time."""
