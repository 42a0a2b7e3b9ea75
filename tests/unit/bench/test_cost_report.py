"""The cost bench says which aims are missed."""

from dataclasses import replace

import pytest

from bench.cost.counts import Counts
from bench.cost.report import judge, print_report, to_json


def counts(turns: int) -> Counts:
    """What a run within every aim counts."""
    return Counts(
        turns=turns,
        chat_calls=int(0.38 * turns),
        chat_calls_by_purpose={"ExtractMemories": turns // 5},
        prompt_chars=1500 * turns,
        prompt_chars_by_purpose={"ExtractMemories": 1500 * turns},
        embedding_calls=turns // 2,
        embedded_texts=turns,
        cosmos_requests=int(3.8 * turns),
        cosmos_requests_by_operation={"batch counter": int(3.8 * turns)},
        query_bytes=3000 * turns,
        feed_requests=turns,
        sweep_requests=0,
        facts=turns // 2,
        not_extracted=0,
        extracted_twice=0,
        request_units=1.0,
    )


SIZES = {size: counts(size) for size in (50, 100, 200, 400)}
THREADS = {count: counts(400) for count in (1, 10, 40, 80)}
SLOW = {"slow": counts(100), "slow_waiting": counts(100)}


def test_a_run_within_every_aim_misses_none(capsys: pytest.CaptureFixture[str]) -> None:
    result = to_json(counts(100), SIZES, THREADS, SLOW)
    assert judge(result) == []
    assert result["chat_calls"] == 38
    assert result["growth"]["turns"]["400"]["prompt_chars_per_turn"] == 1500
    print_report(result)
    assert "896,757" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chat_calls", 41),
        ("prompt_chars", 250_001),
        ("cosmos_requests", 401),
        ("query_bytes", 1_000_001),
        ("not_extracted", 1),
        ("extracted_twice", 1),
    ],
)
def test_an_aim_that_the_main_case_misses_is_named(field: str, value: int) -> None:
    result = to_json(replace(counts(100), **{field: value}), {}, {}, {})
    [complaint] = judge(result)
    assert complaint.startswith(field)


def test_costs_that_grow_with_the_thread_or_the_number_of_threads_are_named() -> None:
    longer = {**SIZES, 400: replace(counts(400), query_bytes=2_000_000)}
    wider = {**THREADS, 80: replace(counts(400), cosmos_requests=2_000)}
    complaints = judge(to_json(counts(100), longer, wider, SLOW))
    assert [complaint.split(" ")[0] for complaint in complaints] == [
        "cosmos_requests",
        "query_bytes",
    ]


@pytest.mark.parametrize("case", ["slow", "slow_waiting"])
def test_a_slow_conversation_must_not_cost_a_call_for_every_pair(case: str) -> None:
    slow = {**SLOW, case: replace(counts(100), chat_calls=61)}
    [complaint] = judge(to_json(counts(100), SIZES, THREADS, slow))
    assert f"case {case}," in complaint
