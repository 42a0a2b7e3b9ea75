"""Who may call what: function keys and the levels that they open."""
