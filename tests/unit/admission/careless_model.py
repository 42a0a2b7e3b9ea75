"""The admission of what a model answers about a conversation of one turn or more."""

from collections.abc import Sequence
from typing import Any

from shared.domain.admission.admit import Admission, admit_facts
from shared.domain.facts import AnsweredFact, KnownFact
from shared.domain.turns import Turn

type Said = tuple[str, str]


def conversation(*said: Said) -> list[Turn]:
    return [
        Turn(
            id=f"turn-{n}",
            role=role,
            content=content,
            created_at=f"2026-07-01T10:00:{n:02}+00:00",
            metadata={"ticket": f"T-{n}", "hidden": "x"},
        )
        for n, (role, content) in enumerate(said, 1)
    ]


def answered(text: str, quote: str, label: str = "t1", **fields: Any) -> AnsweredFact:
    usual = {
        "text": text,
        "category": "other",
        "confidence": 0.9,
        "salience": 0.5,
        "temporal_context": None,
        "tags": [],
        "turn_ids": [label],
        "quote": quote,
        "duplicate_of": None,
        "supersedes": [],
    }
    return AnsweredFact.model_validate({**usual, **fields})


def admit(
    said: Sequence[Said], *answers: AnsweredFact, known: Sequence[KnownFact] = ()
) -> Admission:
    return admit_facts(answers, conversation(*said), known, ["ticket"])
