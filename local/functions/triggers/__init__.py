"""What starts functions: HTTP requests, schedules, the change feed."""
