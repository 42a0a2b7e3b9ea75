"""Everything of Azure that the app needs, on one machine; never deployed, shares no code with the app."""
