"""The app's own library: domain, services, ports, adapters, prompts, settings and wiring."""
