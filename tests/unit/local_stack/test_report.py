import io
from typing import Any

import pytest
from rich.console import Console

from local.stack.demo.figures import Figures, count_figures
from local.stack.demo.observer import AppStatus, Memories, ModelStats
from local.stack.demo.report import print_report


def fact(name: str, content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "user_id": "ana",
        "thread_id": "t",
        "content": content,
        "created_at": "2026-01-01T00:00:00+00:00",
        "metadata": {"category": "biographical"},
        **more,
    }


MEMORIES = Memories(
    counters=[
        {"id": "thread:ana:t", "user_id": "ana", "thread_id": "t", "count": 2},
        {"id": "thread:ana:u", "user_id": "ana", "thread_id": "u", "count": 1},
    ],
    facts=[
        fact("old", "Ana lives in [red]Porto[/red].", superseded_by="new"),
        fact("new", "Ana lives in Braga."),
    ],
    episodes=[fact("e", "Ana looked for a flat.", title="A new home")],
    procedures=[
        fact("r", "Answer in Portuguese.", status="active"),
        fact("c", "Ask twice.", status="candidate"),
        fact("x", "Use feet.", status="active", superseded_by="new"),
    ],
    thread_summaries=[fact("s", "They talked about moving.")],
    user_summaries=[
        fact("p", "x", metadata={"structured_summary": {"key_facts": ["Lives in Braga"]}})
    ],
)


def figures(**changes: Any) -> Figures:
    status = AppStatus.model_validate(
        {
            "turns_counted": 3,
            "turns_processed": {"extracted": 1, "trivial": 1, "dead_lettered": 1, "elsewhere": 5},
            "pending": 0,
            "dead_letters": 0,
            "work": {"threads": 0, "users": 0},
        }
    )
    return count_figures(
        written=changes.get("written", 3),
        memories=MEMORIES,
        status=status.model_copy(update=changes.get("status", {})),
        model=ModelStats(chat_calls=4, prompt_chars=5000, embedding_calls=6),
        cosmos_requests=7,
        seconds=1.23456,
    )


def test_figures_count_what_is_active_and_what_the_app_processed_itself() -> None:
    assert figures().as_json_object() == {
        "turns_written": 3,
        "turns_counted": 3,
        "turns_processed": 3,
        "pending": 0,
        "dead_letters": 0,
        "threads": 2,
        "facts": 1,
        "superseded_facts": 1,
        "episodes": 1,
        "procedures": 2,
        "rule_candidates": 1,
        "thread_summaries": 1,
        "user_summaries": 1,
        "chat_calls": 4,
        "prompt_chars": 5000,
        "embedding_calls": 6,
        "cosmos_requests": 7,
        "seconds": 1.235,
    }


def test_a_run_that_kept_its_promises_has_no_complaint() -> None:
    assert figures().complaint() is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"written": 4}, "counted"),
        ({"status": {"pending": 1}}, "pending"),
        ({"status": {"dead_letters": 1}}, "dead letters"),
    ],
)
def test_turns_that_were_lost_left_over_or_refused_are_a_complaint(
    changes: dict[str, Any], word: str
) -> None:
    complaint = figures(**changes).complaint()
    assert complaint is not None
    assert word in complaint


def test_the_report_shows_everything_and_marks_what_was_replaced() -> None:
    output = io.StringIO()
    print_report(MEMORIES, figures(), Console(file=output, width=120, highlight=False))
    text = output.getvalue()
    assert "They talked about moving." in text
    replaced = "- Ana lives in [red]Porto[/red]. (no longer true, now: Ana lives in Braga.)"
    assert replaced in text, "what people write is never taken as markup"
    assert "- Lives in Braga" in text
    assert "A new home" in text
    assert "Ana looked for a flat." in text
    assert "- Answer in Portuguese." in text
    assert "Ask twice." not in text, "agents do not follow candidates"
    assert "Use feet." not in text
    counted = "1 facts (1 more no longer true), 1 episodes, 1 rules and 1 candidate, "
    assert counted in " ".join(text.split())
    assert text.rstrip().splitlines()[-1].endswith("1.2 s.")
