"""Starts hosts in milliseconds: everything slow is imported once, and each host is a fork of that.

Reads orders from standard input, one a line, and writes notices to standard output. It has neither
threads nor an event loop, so that a fork is a whole process; a host that it forks is killed with a
real kill -9. All hosts end with it, and it ends with its standard input.
"""

import gc
import os
import selectors
import signal
import sys
from typing import BinaryIO

from tests.chaos.forked_host import import_all, run_forked
from tests.chaos.launches import Launch, Notice, Order


class ForkServer:
    """The hosts that run, by process id."""

    def __init__(self) -> None:
        self._hosts: dict[int, str] = {}
        # Hosts see the end of this pipe when the only process that can write to it is gone.
        self._alive_end, self._parent_end = os.pipe()
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def serve(self, orders: BinaryIO) -> None:
        """Obey until there are no more orders."""
        with selectors.DefaultSelector() as selector:
            selector.register(orders, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    os.read(self._woken, 4096)
                    self._reap()
                if orders in ready:
                    line = orders.readline()
                    if not line:
                        break
                    self._obey(Order.model_validate_json(line))
        for pid in self._hosts:
            os.kill(pid, signal.SIGKILL)

    def _obey(self, order: Order) -> None:
        if order.launch is not None:
            self._fork(order.launch)
        for pid, name in self._hosts.items():
            if name == order.host:
                os.kill(pid, order.signal)

    def _fork(self, launch: Launch) -> None:
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._parent_end)
            os.dup2(self._alive_end, 0)
            run_forked(launch)
        self._hosts[pid] = launch.id
        _tell(Notice(id=launch.id, pid=pid))

    def _reap(self) -> None:
        while self._hosts:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            name = self._hosts.pop(pid)
            _tell(Notice(id=name, pid=pid, status=os.waitstatus_to_exitcode(status)))


def _tell(notice: Notice) -> None:
    sys.stdout.write(notice.model_dump_json() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Import what a host needs, say so, and serve."""
    import_all()
    gc.collect()
    gc.freeze()  # the inherited objects stay shared between the processes
    server = ForkServer()
    _tell(Notice())
    # Unbuffered: a line that is read ahead would not wake the selector.
    with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as orders:
        server.serve(orders)


if __name__ == "__main__":
    main()
