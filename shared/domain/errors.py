"""The app's errors: what went wrong, with which thing, what to do next, and a stable code.

Raising means "try again": Durable Functions knows no exception that is not retried. What cannot
succeed on a second try is therefore a returned verdict, and PermanentError never leaves a service.
Messages hold codes, counts and ids of ours; never a turn's or a memory's text.
"""

# No connection; rights not yet effective after a deployment; time-out, gone, throttled, retry.
_OUTAGES = (0, 401, 403, 408, 410, 429, 449)


class ProcessorError(Exception):
    """Base of all errors of the app; `code` is stable and meant for machines."""

    code = "processor_error"


class TransientError(ProcessorError):
    """Something that may succeed later: throttling, an outage, a time-out, missing rights."""

    code = "transient"


type TransientErrors = tuple[type[TransientError], ...]


class StoreUnavailableError(TransientError):
    """Cosmos DB did not serve a request; `status` is the HTTP status, 0 for a lost connection."""

    code = "store_unavailable"

    def __init__(self, operation: str, status: int) -> None:
        super().__init__(
            f"{self.code}: Cosmos DB answered {status} to {operation}; it will be tried again"
        )
        self.status = status

    @property
    def is_outage(self) -> bool:
        """Whether the store as a whole is in trouble, and not this one request."""
        return self.status in _OUTAGES or self.status >= 500


class ModelUnavailableError(TransientError):
    """The model endpoint did not serve a call; `status` is the HTTP status, 0 for none."""

    code = "model_unavailable"

    def __init__(self, purpose: str, status: int) -> None:
        super().__init__(
            f"{self.code}: the model answered {status} to {purpose}; it will be tried again"
        )
        self.status = status


class InvalidAnswerError(TransientError):
    """The model's answer does not fit its schema; another try may."""

    code = "invalid_answer"

    def __init__(self, purpose: str, problem: str) -> None:
        super().__init__(f"{self.code}: the answer for {purpose} cannot be used: {problem}")


class VectorLengthError(TransientError):
    """The embedding model gives vectors of another length; no try succeeds until that is mended.

    It is raised all the same, and not returned: nothing is wrong with the texts, which wait until
    the setting is right.
    """

    code = "wrong_vector_length"

    def __init__(self, given: int, wanted: int) -> None:
        super().__init__(
            f"{self.code}: the embedding model gives vectors of {given} numbers, not {wanted}: set"
            " AI_FOUNDRY_EMBEDDING_DIMENSIONS to what it gives (and create the containers for it),"
            " or AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME to a model that gives that"
        )


class TurnsNotFoundError(TransientError):
    """Turns that were counted cannot be read; another look may find them, or show them gone."""

    code = "turns_not_found"

    def __init__(self, missing: int) -> None:
        super().__init__(f"{self.code}: {missing} counted turns are not there; looking again")


class ConflictError(TransientError):
    """Another worker changed the same document first; read again and decide again."""

    code = "conflict"


class PermanentError(ProcessorError):
    """Something that no second try will cure; `code` says what."""

    code = "permanent"


class ModelRefusedError(PermanentError):
    """The model will not process this content; `reason` is a code such as content_filter."""

    code = "model_refused"

    def __init__(self, purpose: str, reason: str) -> None:
        super().__init__(f"{self.code}: the model refused {purpose}: {reason}")
        self.reason = reason
