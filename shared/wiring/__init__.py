"""Builds adapters and services, once per worker process, from the settings."""

from shared.settings import Settings
from shared.wiring.assembly import assemble_services, build_services
from shared.wiring.clock import SystemClock
from shared.wiring.databases import USER_AGENT, Databases
from shared.wiring.observing import observed
from shared.wiring.services import Services
from shared.wiring.worker import get_services, get_telemetry, load_settings

__all__ = [
    "USER_AGENT",
    "Databases",
    "Services",
    "Settings",
    "SystemClock",
    "assemble_services",
    "build_services",
    "get_services",
    "get_telemetry",
    "load_settings",
    "observed",
]
