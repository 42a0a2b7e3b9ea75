"""The name under which a host holds leases, and whether its process has ended."""

import socket

import psutil


def name_owner(function_name: str) -> str:
    """Name this process so that a host on the same machine can tell whether it is still alive.

    Two functions of one process that share leases by mistake are two owners, as on Azure.
    """
    process = psutil.Process()
    return f"{socket.gethostname()}/{process.pid}/{process.create_time():.2f}/{function_name}"


def is_known_dead(owner: str) -> bool:
    """Say whether an owner was a process of this machine that has ended."""
    parts = owner.split("/")
    if len(parts) != 4 or parts[0] != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(parts[1]))
        return abs(process.create_time() - float(parts[2])) > 1
    except psutil.NoSuchProcess:
        return True
    except (ValueError, psutil.AccessDenied):
        return False
