"""The figures beside the peer's and our aims, as a table and as JSON, and which aims are missed."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.cost.counts import Counts

# Measured with the peer's own code on the same case: extraction of every turn, and of every fifth.
_ROWS: tuple[tuple[str, float | None, float | None, int], ...] = (
    ("chat_calls", 145, 43, 40),
    ("prompt_chars", 3_675_311, 896_757, 250_000),
    ("cosmos_requests", 999, 603, 400),
    ("query_bytes", 69_700_000, 14_900_000, 1_000_000),
    ("not_extracted", 2.4, 0.9, 0),
    ("extracted_twice", 16.5, None, 0),
)
_SLOW = ("slow", "slow_waiting")
_SLOW_CHAT_CALLS = 60
_FLAT = 1.25
_GROWING = ("chat_calls", "prompt_chars", "embedding_calls", "cosmos_requests", "query_bytes")


def to_json(
    main: Counts,
    by_turns: Mapping[int, Counts],
    by_threads: Mapping[int, Counts],
    slow: Mapping[str, Counts],
) -> dict[str, Any]:
    """The main case at the top, the others under `growth` and the names in `slow`."""
    result: dict[str, Any] = {"case": "one thread, turn by turn", **asdict(main)}
    if slow:
        result["growth"] = {
            "turns": {str(size): _per_turn(counts) for size, counts in by_turns.items()},
            "threads": {str(count): _per_turn(counts) for count, counts in by_threads.items()},
        }
        result |= {name: asdict(counts) for name, counts in slow.items()}
    return result


def _per_turn(counts: Counts) -> dict[str, Any]:
    values = asdict(counts)
    rates = {f"{name}_per_turn": round(values[name] / counts.turns, 2) for name in _GROWING}
    return {**values, **rates}


def judge(result: Mapping[str, Any]) -> list[str]:
    """The aims that are missed, in words."""
    missed = [
        f"{name} is {result[name]:,}, not at most {aim:,}"
        for name, _, _, aim in _ROWS
        if result[name] > aim
    ]
    if "growth" not in result:
        return missed
    slow = {name: result[name] for name in _SLOW}
    cases = {**result["growth"]["turns"], **result["growth"]["threads"], **slow}
    for case, counts in cases.items():
        for name in ("not_extracted", "extracted_twice"):
            if counts[name]:
                missed.append(f"{name} is {counts[name]} in case {case}")
    missed += [
        f"chat_calls is {counts['chat_calls']} in case {name}, not at most {_SLOW_CHAT_CALLS}"
        for name, counts in slow.items()
        if counts["chat_calls"] > _SLOW_CHAT_CALLS
    ]
    return missed + _judge_growth(result)


def _judge_growth(result: Mapping[str, Any]) -> list[str]:
    """Later turns must cost what earlier ones do, and turns of many threads what those of one do.

    The first turns of a user are cheaper: there is little to compare a new fact with. What a prompt
    shows of that is bounded, and the bounds are reached before the turns that are compared here.
    """
    sizes = sorted((int(size), counts) for size, counts in result["growth"]["turns"].items())
    (_, first), (_, middle), (_, last) = sizes[-3:]
    by_threads = dict(result["growth"]["threads"])
    one = by_threads.pop("1")
    missed: list[str] = []
    for name in _GROWING:
        early, late = (_rate(name, first, middle), _rate(name, middle, last))
        if late > early * _FLAT:
            missed.append(f"{name} rises from {early:,.2f} to {late:,.2f} a turn in a long thread")
        for count, counts in by_threads.items():
            rate, usual = counts[name] / counts["turns"], one[name] / one["turns"]
            if rate > usual * _FLAT:
                missed.append(
                    f"{name} is {rate:,.2f} a turn over {count} threads, {usual:,.2f} in one"
                )
    return missed


def _rate(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
    """What each turn between two moments cost."""
    return float(after[name] - before[name]) / (after["turns"] - before["turns"])


def print_report(result: Mapping[str, Any]) -> None:
    """The table of the main case, then what each other case takes a turn."""
    print(f"{result['turns']} turns of one thread, one by one\n")
    print(f"{'':<18}{'peer, N=1':>14}{'peer, N=5':>14}{'aim':>12}{'ours, N=5':>14}")
    for name, every_turn, every_fifth, aim in _ROWS:
        peer = "".join(f"{_show(value):>14}" for value in (every_turn, every_fifth))
        print(f"{name:<18}{peer}{aim:>12,}{result[name]:>14,}")
    print("(the peer's last two in percent of the turns of a chat without faults)\n")
    print(f"calls: {_list(result['chat_calls_by_purpose'])}")
    print(f"prompt characters: {_list(result['prompt_chars_by_purpose'])}")
    print(f"requests: {_list(result['cosmos_requests_by_operation'])}")
    print(
        f"embedding calls: {result['embedding_calls']}, texts: {result['embedded_texts']};"
        f" not counted: feed and leases {result['feed_requests']:,},"
        f" sweeper {result['sweep_requests']}\n"
    )
    if "growth" not in result:
        return
    print(f"{'a turn':<18}" + "".join(f"{name:>17}" for name in _GROWING))
    for kind, cases in result["growth"].items():
        for case, counts in cases.items():
            rates = "".join(f"{counts[f'{name}_per_turn']:>17,.2f}" for name in _GROWING)
            print(f"{kind + ' ' + case:<18}{rates}")
    for case in _SLOW:
        slow = result[case]
        rates = "".join(f"{slow[name] / slow['turns']:>17,.2f}" for name in _GROWING)
        print(f"{case:<18}{rates}")
    for case in _SLOW:
        print(f"\n{case}: {_list(result[case]['chat_calls_by_purpose'])}")
    print()


def _show(value: float | None) -> str:
    return "" if value is None else f"{value:,}"


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
