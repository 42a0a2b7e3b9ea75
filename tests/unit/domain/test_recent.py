from hypothesis import given
from hypothesis import strategies as st

from shared.domain.recent import Recent

STEPS = st.lists(st.tuples(st.sampled_from(["put", "get", "drop"]), st.integers(0, 6)))


@given(steps=STEPS, capacity=st.integers(1, 4))
def test_the_most_recently_used_values_are_kept_and_no_more(
    steps: list[tuple[str, int]], capacity: int
) -> None:
    recent: Recent[int] = Recent(capacity)
    used: list[int] = []
    for action, key in steps:
        kept = key in used[-capacity:]
        if action == "get":
            assert recent.get(key) == (key * 10 if kept else None)
        elif action == "put":
            recent.put(key, key * 10)
        else:
            recent.drop(key)
        used = used[-capacity:]
        if key in used:
            used.remove(key)
        if action == "put" or (action == "get" and kept):
            used.append(key)


def test_a_value_put_again_is_the_new_one() -> None:
    recent: Recent[str] = Recent(2)
    recent.put("key", "old")
    recent.put("key", "new")
    assert recent.get("key") == "new"
