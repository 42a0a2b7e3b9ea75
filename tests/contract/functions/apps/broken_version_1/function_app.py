"""An app whose host.json is in the format of the first runtime."""
