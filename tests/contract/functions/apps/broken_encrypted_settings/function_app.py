"""An app whose settings are encrypted for another machine."""
