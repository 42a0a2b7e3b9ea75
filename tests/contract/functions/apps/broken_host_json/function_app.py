"""An app whose host.json is cut off."""
