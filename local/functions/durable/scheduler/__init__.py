"""A Durable Task Scheduler elsewhere (or its emulator) in place of this host's own engine."""
