"""Everything on one machine: what `./dev` runs to set up, start, show and stop the local stack."""
