"""Faults on a schedule from a seed, over the real app on the real host: every turn exactly once.

`python -m tests.chaos` runs schedules; the tests beside it run a few and prove that they can fail.
"""
