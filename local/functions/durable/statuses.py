"""Runtime statuses of instances, grouped."""

from durabletask.internal import orchestrator_service_pb2 as pb

FINISHED = (
    pb.ORCHESTRATION_STATUS_COMPLETED,
    pb.ORCHESTRATION_STATUS_FAILED,
    pb.ORCHESTRATION_STATUS_CANCELED,
    pb.ORCHESTRATION_STATUS_TERMINATED,
)
"""The run is over; its id may be used again (overridableExistingInstanceStates: NonRunningStates,
the extension's default)."""
