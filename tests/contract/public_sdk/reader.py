"""A user whose conversations the app's services process, and whom the public SDK reads back."""

from dataclasses import dataclass
from typing import Any

from shared.domain.turns import ThreadKey
from tests.contract.cosmos.sdk_process import SdkProcess
from tests.fakes.answers import (
    episode_of_all,
    episodes,
    facts,
    profile_of_all,
    rule,
    summary_of_all,
)
from tests.fakes.chat_model import (
    EPISODES,
    EXTRACT,
    PROCEDURES,
    PROFILE,
    SUMMARIZE,
    Payload,
    Reply,
)
from tests.fakes.memory_app import Document, MemoryApp
from tests.unit.services.runs import ThreadRun, UserRun

SETTINGS = {
    "FACT_EXTRACTION_EVERY_N": "1",
    "EPISODE_EVAL_EVERY_N": "1",
    "EPISODE_MIN_TURNS": "1",
    "PROCEDURAL_SYNTHESIS_AUTO": "true",
    # Summaries and profiles are written when a test asks for them.
    "THREAD_SUMMARY_EVERY_N": "1000",
    "USER_SUMMARY_EVERY_N": "1000",
}
RELEASE: dict[str, Any] = {
    "procedure_kind": "workflow",
    "retrieval_text": "release deployment",
    "activation_conditions": ["a version is due"],
    "steps": [
        {"instruction": text, "expected_result": None, "on_failure": None, "tool_name": None}
        for text in ("Tag it.", "Publish it.")
    ],
}
_RULES = {"Release in two steps.": RELEASE}


@dataclass(frozen=True)
class Reader:
    """One user, seen from both sides: the app derives, the SDK reads."""

    app: MemoryApp
    sdk: SdkProcess
    user: str

    def ask(self, name: str, **arguments: Any) -> Any:
        """What the SDK's client answers about this user."""
        return self.sdk.call(name, user_id=self.user, **arguments)

    async def learn(
        self, *items: dict[str, Any], said: str, thread: str = "t1", **turn: Any
    ) -> None:
        """One turn and the facts that the model finds in it; a second of the clock later."""
        self.app.clock.advance(1)
        self.app.model.answer(EXTRACT, facts(*items))
        key = ThreadKey(user_id=self.user, thread_id=thread)
        await self.app.say(key, said, **turn)
        await ThreadRun(self.app, key).finish()

    async def close_episode(self, answer: dict[str, Any] | None = None, thread: str = "t1") -> None:
        """End the open episode; the model describes it so, or by an event for each turn."""
        if answer:
            self.app.model.answer(EPISODES, episodes(answer))
        await self.app.services.flush.run(self.user)
        await ThreadRun(self.app, ThreadKey(user_id=self.user, thread_id=thread)).finish()

    async def derive_rules(self) -> None:
        """Procedures, and a profile, of all that is known of the user."""
        await self.app.services.flush.mark_user(self.user)
        await UserRun(self.app, self.user).finish()

    async def summarize(self, *answers: dict[str, Any], thread: str = "t1") -> None:
        """Summarise the thread's new turns; the model answers so, or by a point for each turn."""
        self.app.model.answer(SUMMARIZE, *answers)
        key = ThreadKey(user_id=self.user, thread_id=thread)
        await self.app.services.flush.mark_thread(key, refresh=True)
        await ThreadRun(self.app, key).finish()

    async def write_profile(self, *answers: dict[str, Any]) -> None:
        """A profile of all that is new; the model answers so, or by a key fact for each fact."""
        self.app.model.answer(PROFILE, *answers)
        await self.derive_rules()

    async def stored(self, kind: str) -> list[Document]:
        """The stored memories of a type, superseded ones too."""
        return await self.app.find(
            self.app.memories, "c.type = @kind AND c.user_id = @user", kind=kind, user=self.user
        )


def play_model(app: MemoryApp) -> None:
    """Let the model answer, where no test has a script: a rule for each source, of its text."""
    app.model.answer_by(SUMMARIZE, summary_of_all)
    app.model.answer_by(PROFILE, profile_of_all)
    app.model.answer_by(PROCEDURES, _rule_of_each_source)
    app.model.answer_by(EPISODES, episode_of_all)


def _rule_of_each_source(payload: Payload) -> Reply:
    return {
        "procedures": [
            rule(source["text"].rstrip("."), source["id"], **_RULES.get(source["text"], {}))
            for source in payload["sources"]
        ]
    }
