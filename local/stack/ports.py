"""Which TCP ports the three servers listen on, and who is in the way."""

import contextlib
import socket
from dataclasses import dataclass

import psutil

from local.stack.errors import PORT_IN_USE, StackError

LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535
MODEL = "model"


@dataclass(frozen=True)
class Ports:
    """One port for each server."""

    cosmos: int
    functions: int
    model: int

    def numbered(self) -> list[tuple[str, int]]:
        """The servers' names with their ports."""
        return [("Cosmos DB", self.cosmos), ("Functions", self.functions), (MODEL, self.model)]


DEFAULT_PORTS = Ports(cosmos=8081, functions=7071, model=8082)


def ports_from_base(base: int) -> Ports:
    """Three ports in a row: Cosmos DB, Functions, model.

    Raises StackError for a base that leaves no room for three ports.
    """
    if not 1 <= base <= HIGHEST_PORT - 2:
        raise StackError(f"--port-base must be from 1 to {HIGHEST_PORT - 2}, not {base}", 2)
    return Ports(base, base + 1, base + 2)


def pick_free_ports() -> Ports:
    """Three ports that were free a moment ago; another process can still be faster."""
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(3)]
        for opened_socket in sockets:
            opened_socket.bind((LOOPBACK, 0))
        return Ports(*(opened_socket.getsockname()[1] for opened_socket in sockets))


def refuse_ports_in_use(ports: Ports, *, with_model: bool = True) -> None:
    """Raise StackError that names the first port on which a server could not listen.

    Without the model's, if the stack does not start one.
    """
    for server, port in ports.numbered():
        if server == MODEL and not with_model:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                raise StackError(
                    f"port {port}, wanted for {server}, cannot be used: "
                    f"{_describe_holder(port) or error.strerror}. Stop what uses it, or choose "
                    "three other ports in a row with --port-base N.",
                    PORT_IN_USE,
                ) from error


def _describe_holder(port: int) -> str | None:
    """Who listens on the port, as far as the operating system tells an ordinary user."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN
            if listens and connection.laddr and connection.laddr.port == port and connection.pid:
                name = psutil.Process(connection.pid).name()
                return f"{name} (process {connection.pid}) listens on it"
    except psutil.Error:
        return None
    return None
