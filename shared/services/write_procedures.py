"""The first half of the procedure step: what a user wants in, journalled rules out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import COUNTERS_THREAD, hash_parts, procedures_answer_id
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.procedures import MAX_RULES, ProceduresAnswer, RuleSource, judge_sources
from shared.domain.turns import ThreadKey
from shared.domain.user_state import PROCEDURES, UserState
from shared.ports import ChatModel, Journal, ProcedureStore, UserLog
from shared.prompts.derive_procedures import DERIVE_PROCEDURES
from shared.services.ask_procedures import AskProcedures
from shared.services.question import Question
from shared.services.read_answers import find_earlier
from shared.services.rule_facts import load_rule_facts

_MAX_LESSONS = 20
_STATUSES = {"rules_from": "active", "hints_from": "candidate"}


@dataclass(frozen=True, slots=True)
class WriteProcedures:
    """Asks the model for rules where their sources have changed since it was last asked.

    Or where a rule is about to end, by a source that it is not asked about any more.

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
        """Journal the rules; how many they are. No call where nothing has changed."""
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        name = procedures_answer_id(job.run)
        stored = await find_earlier(self.journal, job, key, name)
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
        question = Question(
            self.model, DERIVE_PROCEDURES, ProceduresAnswer, job.settles(PROCEDURES)
        )
        ask = AskProcedures(question, job.user_id)
        asked = False
        for name, sources in (("rules_from", wishes), ("hints_from", hints)):
            if not sources:
                digests[name] = ""
                continue
            digest, waits = _digest(sources), asked and not job.thorough
            if waits and digest != digests[name]:
                continue
            holding, has_ending = await self._list_holding(job.user_id, _STATUSES[name])
            if waits:  # what ends in this run is asked about in the next
                digests[name] = "" if has_ending else digest
            elif has_ending or digest != digests[name]:
                digests[name] = digest
                await ask.run(sources, holding)
                asked = True
        return {
            "rules": [rule.model_dump(mode="json") for rule in ask.rules],
            **digests,
            "refused": ask.refused,
            "tokens": question.tokens,
            "prompt_id": DERIVE_PROCEDURES.name,
            "prompt_version": DERIVE_PROCEDURES.version,
        }

    async def _list_holding(self, user_id: str, status: str) -> tuple[list[dict[str, Any]], bool]:
        """The latest rules without those that are about to end, and whether any is.

        What is left of the sources of those is worded anew.
        """
        mine = await self.procedures.names(user_id, status, MAX_RULES)
        facts = await load_rule_facts(self.procedures, user_id, mine)
        holding = [item for item in mine if judge_sources(item, facts) is None]
        return holding, len(holding) < len(mine)


def _digest(sources: Sequence[RuleSource]) -> str:
    if not sources:
        return ""
    return hash_parts(*sorted(f"{source.id}:{source.category}" for source in sources))
