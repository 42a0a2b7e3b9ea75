"""The ports implemented on azure-cosmos, openai and azure-identity: the only SDK imports."""
