"""What a worker process has one of: settings, telemetry, services."""

from functools import cache

from shared.ports import Telemetry
from shared.settings import Settings
from shared.wiring.assembly import build_services
from shared.wiring.services import Services
from shared.wiring.telemetry import open_telemetry


@cache
def load_settings() -> Settings:
    """The worker's settings, read once; SettingsError stops the start of the app."""
    return Settings.from_environment()


@cache
def get_telemetry() -> Telemetry:
    """The worker's telemetry, opened at the first call."""
    return open_telemetry(load_settings())


@cache
def get_services() -> Services:
    """The worker's services, built at the first call, inside the worker's event loop."""
    return build_services(load_settings(), telemetry=get_telemetry())
