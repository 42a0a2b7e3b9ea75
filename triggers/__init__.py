"""Events into planned work: the change feed, HTTP requests, the timer."""
