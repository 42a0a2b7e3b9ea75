"""Builds adapters and services, once per worker process, from the settings."""

from functools import cache

from shared.settings import Settings
from shared.wiring.assembly import assemble_services, build_services
from shared.wiring.clock import SystemClock
from shared.wiring.databases import USER_AGENT, Databases
from shared.wiring.services import Services

__all__ = [
    "USER_AGENT",
    "Databases",
    "Services",
    "SystemClock",
    "assemble_services",
    "build_services",
    "get_services",
    "load_settings",
]


@cache
def load_settings() -> Settings:
    """The worker's settings, read once; SettingsError stops the start of the app."""
    return Settings.from_environment()


@cache
def get_services() -> Services:
    """The worker's services, built at the first call, inside the worker's event loop."""
    return build_services(load_settings())
