import os
import socket
from collections.abc import Iterator

import pytest

from local.stack.errors import StackError
from local.stack.ports import Ports, pick_free_ports, ports_from_base, refuse_ports_in_use


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_base_gives_three_ports_in_a_row() -> None:
    assert ports_from_base(9000) == Ports(cosmos=9000, functions=9001, model=9002)


@pytest.mark.parametrize("base", [-1, 0, 65534, 70000])
def test_a_base_without_room_for_three_ports_is_refused(base: int) -> None:
    with pytest.raises(StackError) as caught:
        ports_from_base(base)
    assert caught.value.exit_status == 2


def test_free_ports_are_three_and_usable() -> None:
    ports = pick_free_ports()
    assert len({ports.cosmos, ports.functions, ports.model}) == 3
    refuse_ports_in_use(ports)


@pytest.mark.parametrize("server", ["cosmos", "functions", "model"])
def test_a_port_in_use_is_named_with_its_holder_and_the_way_out(
    taken_port: int, server: str
) -> None:
    free = pick_free_ports()
    ports = Ports(
        cosmos=taken_port if server == "cosmos" else free.cosmos,
        functions=taken_port if server == "functions" else free.functions,
        model=taken_port if server == "model" else free.model,
    )
    with pytest.raises(StackError) as caught:
        refuse_ports_in_use(ports)
    assert caught.value.exit_status == 4
    message = str(caught.value)
    assert str(taken_port) in message
    assert "--port-base" in message
    if os.uname().sysname == "Linux":
        assert f"process {os.getpid()}" in message
