"""`./dev rehearse`: what a person is told of an order."""

from typing import Any

import pytest

from local.stack.rehearse import describe_order

SPLIT = {"parent": "0", "children": [{"id": "1", "_rid": "x"}, {"id": "2", "_rid": "y"}]}


@pytest.mark.parametrize(
    ("action", "fields", "told"),
    [
        ("redeliver", {"batches": 1, "seed": 0}, "The last batch is delivered again"),
        ("redeliver", {"batches": 3, "seed": 0}, "The last 3 batches are delivered again"),
        ("drop", {"batches": 1}, "The next batch is recorded as done without a call"),
        ("crash", {"point": "after activity", "skip": 0}, "once it has reached 'after activity'"),
        ("crash", {"point": "after activity", "skip": 2}, "passed 'after activity' 2 times"),
        ("crash", {"point": "after activity", "skip": 0}, "./dev up goes on where it was"),
        ("delay", {"point": "p", "milliseconds": 50.0}, "Everything waits 50 ms at 'p'"),
        ("delay", {"point": "p", "milliseconds": 0.0}, "Nothing waits at 'p' any longer."),
        ("split", {"container": "turns"}, "Partition 0 of turns is now 1 and 2."),
        ("clear", {}, "Nothing is ordered any more."),
    ],
)
def test_an_order_is_told_in_a_sentence(action: str, fields: dict[str, Any], told: str) -> None:
    assert told in describe_order(action, fields, SPLIT)
