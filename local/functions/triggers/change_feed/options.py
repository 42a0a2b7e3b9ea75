"""What a cosmosDBTrigger binding says, with the extension's defaults."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from local.functions.worker.functions import Function, FunctionInError

type Start = Literal["Now", "Beginning"] | datetime


@dataclass(frozen=True)
class ContainerAddress:
    """A container, and the name of the connection that leads to its account."""

    connection: str
    database: str
    container: str


@dataclass(frozen=True)
class ChangeFeedOptions:
    """A trigger's settings; delays and intervals are in seconds."""

    monitored: ContainerAddress
    leases: ContainerAddress
    lease_prefix: str
    create_lease_container: bool
    start: Start
    max_items: int
    poll_delay: float
    acquire_interval: float
    renew_interval: float
    expiration_interval: float


def parse_options(function: Function) -> ChangeFeedOptions:
    """Read a function's cosmosDBTrigger binding.

    Raises:
        FunctionInError: a value is missing or is of the wrong type.
    """
    binding = _Binding(function)
    monitored = ContainerAddress(
        binding.text("connection"), binding.text("databaseName"), binding.text("containerName")
    )
    return ChangeFeedOptions(
        monitored=monitored,
        leases=ContainerAddress(
            binding.text("leaseConnection", monitored.connection),
            binding.text("leaseDatabaseName", monitored.database),
            binding.text("leaseContainerName", "leases"),
        ),
        lease_prefix=binding.text("leaseContainerPrefix", ""),
        create_lease_container=binding.flag("createLeaseContainerIfNotExists"),
        start=binding.start(),
        max_items=binding.number("maxItemsPerInvocation", 100),
        poll_delay=binding.number("feedPollDelay", 5_000) / 1000,
        acquire_interval=binding.number("leaseAcquireInterval", 13_000) / 1000,
        renew_interval=binding.number("leaseRenewInterval", 17_000) / 1000,
        expiration_interval=binding.number("leaseExpirationInterval", 60_000) / 1000,
    )


class _Binding:
    def __init__(self, function: Function) -> None:
        self._function = function

    def _get(self, name: str) -> Any:
        return self._function.trigger.get(name)

    def _fault(self, name: str, reason: str) -> FunctionInError:
        return FunctionInError(self._function.name, f"{name} of its cosmosDBTrigger {reason}.")

    def text(self, name: str, default: str | None = None) -> str:
        value = self._get(name)
        if value in (None, ""):
            if default is None:
                raise self._fault(name, "is missing")
            return default
        return str(value)

    def flag(self, name: str) -> bool:
        return str(self._get(name)).lower() == "true"

    def number(self, name: str, default: int) -> int:
        value = self._get(name)
        if value in (None, ""):
            return default
        try:
            number = int(value)
        except (TypeError, ValueError) as error:
            raise self._fault(name, "is not a whole number") from error
        if number < 1:
            raise self._fault(name, "is not above 0")
        return number

    def start(self) -> Start:
        if self.flag("startFromBeginning"):
            return "Beginning"
        moment = self._get("startFromTime")
        if not moment:
            return "Now"
        try:
            return datetime.fromisoformat(str(moment))
        except ValueError as error:
            raise self._fault("startFromTime", "is not an ISO 8601 time") from error
