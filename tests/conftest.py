"""What all tests share: how long hypothesis searches."""

from hypothesis import settings

# No deadline: the machine may be busy. No example database: a run leaves nothing behind.
settings.register_profile("house", max_examples=60, deadline=None, database=None)
settings.load_profile("house")
