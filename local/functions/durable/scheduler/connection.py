"""Where the Durable Task Scheduler is: the connection string in the app's settings."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from local.functions.settings import AppSettings, BadSettingsError

SETTING = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"


@dataclass(frozen=True)
class SchedulerAddress:
    """A scheduler's `host:port`, whether it speaks TLS, and the task hub to use there."""

    target: str
    is_secure: bool
    task_hub: str


def read_scheduler_address(settings: AppSettings, hub_name: str) -> SchedulerAddress | None:
    """Read the connection string, such as Endpoint=http://localhost:8080;Authentication=None.

    None without one. Its TaskHub stands above the hub name of host.json.

    Raises:
        BadSettingsError: it cannot be read, or asks for an authentication that is not built here.
    """
    text = settings.get(SETTING)
    if text is None:
        return None
    parts = dict(_split(part) for part in text.split(";") if part.strip())
    unknown = sorted(set(parts) - {"endpoint", "taskhub", "authentication"})
    if unknown:
        raise BadSettingsError(f"{SETTING}: {', '.join(unknown)} is not understood here.")
    authentication = parts.get("authentication", "")
    if authentication.lower() != "none":
        raise BadSettingsError(
            f"{SETTING}: Authentication={authentication or '(missing)'} is not supported by this "
            "host, only None: use the scheduler's emulator, or unset it to use this host's own."
        )
    url = urlsplit(parts.get("endpoint", ""))
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise BadSettingsError(
            f"{SETTING}: Endpoint must be a URL such as http://localhost:8080, "
            f"not '{parts.get('endpoint', '')}'."
        )
    is_secure = url.scheme == "https"
    return SchedulerAddress(
        target=f"{url.hostname}:{url.port or (443 if is_secure else 80)}",
        is_secure=is_secure,
        task_hub=parts.get("taskhub") or hub_name,
    )


def _split(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals:
        raise BadSettingsError(f"{SETTING}: a part has no '=': it must be Name=Value;Name=Value.")
    return name.strip().lower(), value.strip()
