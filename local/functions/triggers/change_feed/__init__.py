"""The Cosmos DB trigger: leases, the feed, and the batches handed to a function."""
