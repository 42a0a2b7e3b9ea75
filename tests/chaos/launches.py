"""What the fork server is told about one host, and what it tells back."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Launch(_Message):
    """One start of a host.

    `crash_after_calls` ends the process as kill -9 would at so many calls to Cosmos DB and the
    model: before the call is sent, or (`crash_with_reply`) when its reply is there and nobody has
    read it. Once the file `calm` exists, it does not. `skew` is added to the app's clock, in
    seconds. `mutant` switches one safeguard of the app off.
    """

    id: str
    environment: dict[str, str]
    data: Path
    log: Path
    calm: Path
    crash_after_calls: int | None = None
    crash_with_reply: bool = False
    skew: float = 0.0
    mutant: str | None = None


class Order(_Message):
    """A line to the fork server: start a host, or send a signal to the host with this id."""

    launch: Launch | None = None
    host: str = ""
    signal: int = 0


class Notice(_Message):
    """A line from the fork server: it is ready; a host has begun, or has ended with a status."""

    id: str = ""
    pid: int = 0
    status: int | None = None
