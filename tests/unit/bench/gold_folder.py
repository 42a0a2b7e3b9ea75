"""A small gold conversation, written as the bench reads it."""

import json
from pathlib import Path

SAID = [
    ("user", "I moved to Turin in May."),
    ("assistant", "I have lived there since I was born."),
    ("user", "My sister Ana repairs old clocks."),
    ("assistant", "Thanks!"),
]


def write_gold(folder: Path) -> Path:
    turns = [
        {
            "user_id": "u",
            "thread_id": "session-01",
            "role": role,
            "content": content,
            "created_at": f"2026-07-01T10:00:0{n}Z",
            "metadata": {"dia_id": f"D1:{n}", "speaker": role},
        }
        for n, (role, content) in enumerate(SAID, 1)
    ]
    observations = [
        {"speaker": "A", "fact": "A moved to Turin in May.", "evidence": ["D1:1"]},
        {"speaker": "B", "fact": "B was born in Turin.", "evidence": ["D1:2", "D1:1"]},
        {"speaker": "A", "fact": "A's sister Ana repairs clocks.", "evidence": ["D1:3"]},
    ]
    gold = {
        "user_id": "u",
        "threads": {"session-01": {"observations": observations, "summary": ""}},
        "qa": [
            {"question": "Who repairs clocks?", "answer": "Ana", "evidence": ["D1:3"]},
            {"question": "Where does B live?", "answer": "Turin", "evidence": ["D1:2; D1:1"]},
            {"question": "Unanswerable", "answer": "", "evidence": []},
        ],
    }
    text = "\n".join(json.dumps(turn) for turn in turns)
    (folder / "1.turns.jsonl").write_text(f"{text}\n", encoding="utf-8")
    (folder / "1.gold.json").write_text(json.dumps(gold), encoding="utf-8")
    return folder
