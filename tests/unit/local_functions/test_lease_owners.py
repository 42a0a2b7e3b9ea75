"""Whether the owner of a lease is known to have died."""

import socket
import subprocess
import sys

from local.functions.triggers.change_feed.lease_store import LeaseScope
from local.functions.triggers.change_feed.owners import is_known_dead, name_owner


def test_this_process_is_alive() -> None:
    assert not is_known_dead(name_owner("f"))


def test_a_process_that_ended_is_dead() -> None:
    script = (
        "from local.functions.triggers.change_feed.owners import name_owner;print(name_owner('f'))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert is_known_dead(ended.stdout.strip())


def test_a_reused_process_number_is_another_process() -> None:
    host, pid, created, function = name_owner("f").split("/")
    assert is_known_dead(f"{host}/{pid}/{float(created) - 100}/{function}")


def test_nothing_is_known_of_other_machines_and_other_hosts() -> None:
    assert not is_known_dead("elsewhere/1/1.0/f")
    assert not is_known_dead("3f2504e0-4f89-11d3-9a0c-0305e82c3301")
    assert not is_known_dead(f"{socket.gethostname()}/x/y/f")


def test_two_functions_of_one_process_are_two_owners() -> None:
    assert name_owner("f") != name_owner("g")


def test_lease_ids_differ_by_prefix_container_and_range_and_are_legal() -> None:
    ids = {
        LeaseScope(prefix, "host", "d/b", rid).make_id(range_id)
        for prefix in ("", "p")
        for rid in ("r#1", "r#2")
        for range_id in ("0", "1")
    }
    assert len(ids) == 8
    assert not any(set(each) & set("/\\#?") for each in ids)


def test_no_lease_of_one_container_is_found_with_those_of_another() -> None:
    short, long = LeaseScope("", "host", "d", "r"), LeaseScope("", "host", "d", "r1")
    assert not long.make_id("0").startswith(short.beginning)
