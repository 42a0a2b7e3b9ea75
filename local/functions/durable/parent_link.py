"""How a sub-orchestration knows whom to tell about its end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ParentLink:
    """Who waits for a sub-orchestration: one task of one run of an instance.

    The token is one of that run's; see RunBackend.
    """

    instance_id: str
    task_id: int
    token: int
