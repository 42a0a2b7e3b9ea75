"""Asking the model for the episodes of some turns, and keeping what is grounded in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.episodes import EpisodesAnswer, GroundedEpisode, ground_episode
from shared.domain.errors import TransientErrors
from shared.domain.turns import Turn
from shared.ports import ChatModel
from shared.prompts.extract_episodes import EXTRACT_EPISODES
from shared.services.ask_in_parts import ask_in_parts
from shared.services.question import Question
from shared.services.transcript import show_turns

_MAX_EPISODES = 3
_MAX_CHARACTERS = 24_000
_SHORTEST_SHARE = 400


@dataclass(slots=True)
class EpisodeReport:
    """Grounded episodes, how much was dropped, and what it cost.

    `dropped` counts events that nothing proves, and episodes that could not be read; `answered`
    the model's episodes, dropped ones included; `refused` are turns, with why.
    """

    episodes: list[GroundedEpisode] = field(default_factory=list[GroundedEpisode])
    answered: int = 0
    dropped: int = 0
    refused: dict[str, str] = field(default_factory=dict[str, str])
    prompt_tokens: int = 0
    completion_tokens: int = 0


class AskEpisodes:
    """One episode prompt, halved where the model refuses it until the culprits stand alone."""

    def __init__(self, model: ChatModel, metadata_keys: Sequence[str]) -> None:
        self._model = model
        self._metadata_keys = metadata_keys

    async def run(
        self, turns: Sequence[Turn], report: EpisodeReport, *, settles: TransientErrors = ()
    ) -> None:
        """Add the episodes of the turns to the report; no turn is a source of two episodes.

        For `settles` see Question. Raises TransientError; a refusal is part of the report.
        """
        question = Question(self._model, EXTRACT_EPISODES, EpisodesAnswer, settles)

        async def take_refused(turn: Turn, reason: str) -> None:
            report.refused[turn.id] = reason

        await ask_in_parts(turns, lambda part: self._ask(question, part, report), take_refused)
        report.prompt_tokens += question.prompt_tokens
        report.completion_tokens += question.completion_tokens

    async def _ask(
        self, question: Question[EpisodesAnswer], turns: Sequence[Turn], report: EpisodeReport
    ) -> None:
        payload = {"turns": show_turns(_shorten(turns), self._metadata_keys)}
        reply = await question.ask(payload)
        answered = reply.answer.episodes[:_MAX_EPISODES]
        by_label = {f"t{n}": turn for n, turn in enumerate(turns, 1)}
        for ordinal, item in enumerate(answered, report.answered):
            taken = {i for episode in report.episodes for i in episode.source_turn_ids}
            episode = ground_episode(item, by_label, taken)
            kept = len(episode.events) if episode else 0
            report.dropped += len(item.events) - kept
            if episode:
                report.episodes.append(episode.model_copy(update={"ordinal": ordinal}))
        report.answered += len(answered)
        report.dropped += len(reply.left_out.get("episodes", ()))


def _shorten(turns: Sequence[Turn]) -> list[Turn]:
    """The turns, each cut to its share of a prompt whose size does not grow with them."""
    share = max(_SHORTEST_SHARE, _MAX_CHARACTERS // max(1, len(turns)))
    return [
        turn
        if len(turn.content) <= share
        else turn.model_copy(update={"content": turn.content[:share]})
        for turn in turns
    ]
