"""Everything of Azure that the app needs, on one machine: never deployed, no code of the app."""
