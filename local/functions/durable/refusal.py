"""How the backend says no when it is called in process instead of over gRPC."""

from typing import NoReturn

import grpc


class RefusedError(Exception):
    """The backend refused a call; code and details are what a gRPC client is told."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(f"{code.name}: {details}")
        self.code = code
        self.details = details


class InProcessContext:
    """The part of a gRPC call's context that the backend's methods use."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call with an error.

        Raises:
            RefusedError: always.
        """
        raise RefusedError(code, details)
