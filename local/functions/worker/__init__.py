"""The worker's side: Microsoft's worker runtime in this process, and the messages it speaks."""
