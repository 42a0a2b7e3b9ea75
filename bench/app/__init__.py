"""The whole app on this machine, as a measurement runs it: real host, feed, store and model."""
