"""Which port the host listens on, and how it listens in this app's case."""

import socket

from local.functions.command_line import LaunchOptions
from local.functions.exit_status import APP_IN_ERROR, PORT_IN_USE, CannotStartError
from local.functions.listener import PortInUseError, bind
from local.functions.local_settings import LocalSettings, read_local_settings
from local.functions.settings import BadSettingsError

_DEFAULT_PORT = 7071


def open_port(options: LaunchOptions) -> tuple[LocalSettings, socket.socket]:
    """Read local.settings.json, if wanted; listen on the command line's port, else the file's.

    Raises:
        CannotStartError: the file cannot be used, or somebody else listens on the port.
    """
    try:
        local_settings = (
            read_local_settings(options.app) if options.local_settings else LocalSettings()
        )
        return local_settings, _listen(options, local_settings)
    except BadSettingsError as error:
        raise CannotStartError(str(error), APP_IN_ERROR) from error
    except PortInUseError as error:
        raise CannotStartError(str(error), PORT_IN_USE) from error


def _listen(options: LaunchOptions, local_settings: LocalSettings) -> socket.socket:
    if options.inherited_socket is not None:
        return socket.socket(fileno=options.inherited_socket)
    port = options.port if options.port is not None else local_settings.http_port
    return bind(options.host, _DEFAULT_PORT if port is None else port)
