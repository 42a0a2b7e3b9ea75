"""A Cosmos DB NoSQL endpoint for one machine: what azure-cosmos says over HTTP, kept in SQLite."""
