"""The public SDK's prompts: plain transcripts, under schema names of the SDK's own."""

import json
import re
from typing import Final

from local.model.answers.conversation import Turn, make_speaker, parse_day
from local.model.answers.extract_memories import describe_facts
from local.model.answers.summarize_thread import fold_summary
from local.model.json_values import Json, JsonObject, parse_object

_LINE: Final = re.compile(
    r"^\[(?:(?P<at>[^\]|]*?)\s*\|\s*)?(?P<role>user|agent|tool|system)\]:\s?(?P<text>.*)$"
)
_METADATA = re.compile(r"\s*\[metadata: \{.*\}\]\s*$")


def extract_transcript(prompt: str) -> JsonObject:
    """Answer ExtractMemoriesOutput."""
    facts: list[Json] = []
    for turn in read_transcript(prompt):
        source = "agent" if turn.speaker.is_agent else "user"
        facts += [{**fact, "source": source} for fact in describe_facts(turn)]
    return {"facts": facts, "episodic": []}


def summarize_transcript(prompt: str) -> JsonObject:
    """Answer SummarizeOutput and SummarizeUpdateOutput."""
    return fold_summary(_find_summary(prompt), read_transcript(prompt))


def read_transcript(prompt: str) -> list[Turn]:
    """The turns of lines like "[2024-05-01T10:00:00Z | user]: text"; other lines go on a turn."""
    turns: list[tuple[str, str, list[str]]] = []
    for line in prompt.splitlines():
        if match := _LINE.match(line):
            turns.append((match.group("at") or "", match.group("role"), [match.group("text")]))
        elif turns:
            turns[-1][2].append(line)
    return [
        Turn(
            id=f"t{index}",
            role=role,
            speaker=make_speaker(role),
            spoken_on=parse_day(at),
            text=_METADATA.sub("", "\n".join(lines)),
        )
        for index, (at, role, lines) in enumerate(turns, start=1)
    ]


def _find_summary(prompt: str) -> JsonObject:
    """The earlier summary that an update carries as a JSON object within its text."""
    decoder = json.JSONDecoder()
    for brace in re.finditer(r"\{\s*\"", prompt):
        try:
            end: int = decoder.raw_decode(prompt, brace.start())[1]
        except (ValueError, RecursionError):
            continue
        found = parse_object(prompt[brace.start() : end])
        if "overview" in found:
            return found
    return {}
