"""The first half of the procedure step: what a user wants in, journalled rules out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.domain.errors import InvalidAnswerError, ModelRefusedError
from shared.domain.identifiers import COUNTERS_THREAD, hash_parts, procedures_answer_id
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.procedures import (
    MAX_RULES,
    ProceduresAnswer,
    Rule,
    RuleSource,
    ground_rule,
    judge_sources,
)
from shared.domain.turns import ThreadKey
from shared.domain.user_state import UserState
from shared.ports import ChatModel, Journal, ProcedureStore, UserLog
from shared.prompts.derive_procedures import DERIVE_PROCEDURES
from shared.services.rule_facts import load_rule_facts

_MAX_LESSONS = 20
_MAX_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class WriteProcedures:
    """Asks the model for rules where their sources have changed since it was last asked.

    What the user said and what others said or episodes taught are never in one prompt: no text of
    theirs can word a rule that rests on the user's. One of the two is asked about a run, what the
    user said first; both where the run was asked for, which happens after a silence.
    """

    users: UserLog
    procedures: ProcedureStore
    journal: Journal
    model: ChatModel
    pool_size: int

    async def run(self, job: ProfileJob) -> StepResult:
        """Journal the rules; how many they are. No call where no source has changed."""
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        name = procedures_answer_id(job.run)
        stored = (
            await self.journal.load(key, job.claim_key, name)
            if job.adopted or job.attempt
            else None
        )
        if stored is None:
            answer = await self._derive(job)
            stored = await self.journal.create(key, job.claim_key, name, answer)
        return StepResult(count=len(stored["rules"]))

    async def _derive(self, job: ProfileJob) -> dict[str, Any]:
        loaded = await self.users.load(job.user_id, of_claim=job.claim_key)
        state = loaded.value if loaded else UserState(user_id=job.user_id)
        facts = await self.procedures.wishes(job.user_id, self.pool_size)
        lessons = await self.procedures.lessons(job.user_id, _MAX_LESSONS)
        wishes = [fact for fact in facts if fact.kind == "user"]
        hints = [*(fact for fact in facts if fact.kind != "user"), *lessons]
        digests = {"rules_from": state.rules_from, "hints_from": state.hints_from}
        if (
            state.claim is not None and state.claim.rebuild
        ):  # rules were forgotten: all of them anew
            digests = dict.fromkeys(digests, "")
        rules: list[Rule] = []
        asked = False
        for name, sources in (("rules_from", wishes), ("hints_from", hints)):
            digest = _digest(sources)
            if digest == digests[name] or (asked and not job.thorough):
                continue
            digests[name] = digest
            if sources:
                rules += await self._ask(job.user_id, sources)
                asked = True
        return {
            "rules": [rule.model_dump(mode="json") for rule in rules],
            **digests,
            "prompt_id": DERIVE_PROCEDURES.name,
            "prompt_version": DERIVE_PROCEDURES.version,
        }

    async def _ask(self, user_id: str, sources: Sequence[RuleSource]) -> list[Rule]:
        status = "active" if sources[0].kind == "user" else "candidate"
        mine = await self._list_holding(user_id, status)
        existing = {f"p{n}": item for n, item in enumerate(mine, 1)}
        by_label = {f"s{n}": source for n, source in enumerate(sources, 1)}
        payload = {
            "sources": [
                {"id": label, "text": source.text[:_MAX_CHARACTERS], "category": source.category}
                for label, source in by_label.items()
            ],
            "rules": [
                {"id": label, "name": item["name"], "summary": item["summary"]}
                for label, item in existing.items()
            ],
        }
        try:
            answer = await self.model.complete(DERIVE_PROCEDURES, payload)
        except ModelRefusedError:
            return []
        try:
            answered = ProceduresAnswer.model_validate(answer.data).procedures[:MAX_RULES]
        except ValidationError:
            raise InvalidAnswerError(DERIVE_PROCEDURES.name, "it breaks the schema") from None
        grounded = (ground_rule(user_id, item, by_label, existing) for item in answered)
        return [rule for rule in grounded if rule is not None]

    async def _list_holding(self, user_id: str, status: str) -> list[dict[str, Any]]:
        """The latest rules without those that are about to end: what is left is worded anew."""
        mine = await self.procedures.names(user_id, status, MAX_RULES)
        facts = await load_rule_facts(self.procedures, user_id, mine)
        return [item for item in mine if judge_sources(item, facts) is None]


def _digest(sources: Sequence[RuleSource]) -> str:
    if not sources:
        return ""
    return hash_parts(*sorted(f"{source.id}:{source.category}" for source in sources))
