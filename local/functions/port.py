"""Which port the host listens on."""

import socket

from local.functions.command_line import LaunchOptions
from local.functions.listener import bind
from local.functions.local_settings import LocalSettings

DEFAULT_PORT = 7071


def open_port(options: LaunchOptions, local_settings: LocalSettings) -> socket.socket:
    """Listen on the port of the command line, else of local.settings.json, else the default one.

    Raises:
        PortInUseError: somebody else listens there.
    """
    if options.inherited_socket is not None:
        return socket.socket(fileno=options.inherited_socket)
    port = options.port if options.port is not None else local_settings.http_port
    return bind(options.host, DEFAULT_PORT if port is None else port)
