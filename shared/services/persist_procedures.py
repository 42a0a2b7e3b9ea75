"""The second half of the procedure step: journalled rules as documents, and rules that end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import COUNTERS_THREAD, procedures_answer_id
from shared.domain.messages import ProfileJob, StepResult
from shared.domain.procedures import (
    OPEN_STATUSES,
    Rule,
    build_procedure,
    judge_sources,
    revise_procedure,
)
from shared.domain.timestamps import from_epoch
from shared.domain.turns import ThreadKey
from shared.ports import Clock, Embedder, Journal, ProcedureStore
from shared.services.embedding import embed_each
from shared.services.read_answers import load_answer
from shared.services.rule_facts import load_rule_facts

_MAX_OF_STATUS = 100
_MOST_SHOWN = 2 * _MAX_OF_STATUS


@dataclass(frozen=True, slots=True)
class PersistProcedures:
    """Writes rules, ends those whose sources hold no more, and revives those whose do again.

    Doing it again changes nothing. A rule of which a source is gone from the store is not written,
    nor is the revision of one that is gone: the next run asks about what is left. A rule that
    somebody else changes at the same time is left to the next run. A user has 100 active rules and
    100 candidates at most: neither takes the places of the other, and rules that have ended take
    none.
    """

    procedures: ProcedureStore
    journal: Journal
    embedder: Embedder
    clock: Clock

    async def run(self, job: ProfileJob) -> StepResult:
        """Write what the answer holds; how many rules are new, changed, ended or revived."""
        key = ThreadKey(user_id=job.user_id, thread_id=COUNTERS_THREAD)
        answer = await load_answer(self.journal, key, job.claim_key, procedures_answer_id(job.run))
        rules = [Rule.model_validate(item) for item in answer["rules"]]
        written = await self._write(job.user_id, answer, rules) if rules else 0
        return StepResult(count=written + await self._settle(job.user_id))

    async def _write(self, user_id: str, answer: Mapping[str, Any], rules: Sequence[Rule]) -> int:
        rules = await self._drop_forgotten(user_id, rules)
        ids = sorted({rule.id for rule in rules})
        stored = await self.procedures.outline(user_id, _MOST_SHOWN + len(ids), ids)
        names = {str(item["id"]) for item in stored}
        by_id = await self.procedures.load(user_id, [name for name in ids if name in names])
        places = _Places(stored)
        prompt = (str(answer["prompt_id"]), str(answer["prompt_version"]))
        now = from_epoch(self.clock.now())
        written: dict[str, dict[str, Any]] = {}
        for rule in rules:
            if rule.id in written:  # what the user said comes first in the answer
                continue
            if rule.id in by_id:
                fields = revise_procedure(rule, by_id[rule.id], prompt, now)
            elif rule.revises:  # what it was worded on top of may have been forgotten
                continue
            else:
                fields = build_procedure(user_id, rule, prompt, now)
            if fields is not None and places.take(rule):
                written[rule.id] = fields
        await self._embed([fields for fields in written.values() if "retrieval_text" in fields])
        new = [fields for name, fields in written.items() if name not in by_id]
        if new:
            await self.procedures.create(user_id, new)
        for name, changes in written.items():
            if name in by_id:
                await self.procedures.revise(user_id, name, str(by_id[name]["_etag"]), changes)
        return len(written)

    async def _drop_forgotten(self, user_id: str, rules: Sequence[Rule]) -> list[Rule]:
        """The rules without those of which a source was removed since they were journalled.

        It may have been removed because it is to be forgotten, and they may have words of it.
        """
        wanted = {name for rule in rules for name in rule.rests_on}
        gone = wanted - (await self.procedures.facts(user_id, sorted(wanted))).keys()
        return [rule for rule in rules if gone.isdisjoint(rule.rests_on)]

    async def _embed(self, worded: Sequence[dict[str, Any]]) -> None:
        """Give rules that are worded anew the vectors of their texts."""
        texts = [str(fields["retrieval_text"]) for fields in worded]
        vectors = await embed_each(self.embedder, texts)
        for fields, vector in zip(worded, vectors, strict=True):
            if vector is not None:
                fields["embedding"] = vector

    async def _settle(self, user_id: str) -> int:
        """End and revive; of the rules that have ended those that ended last."""
        live = await self.procedures.outline(user_id, _MOST_SHOWN)
        stored = [*live, *await self.procedures.ended(user_id, _MOST_SHOWN)]
        judged = [item for item in stored if item.get("status") in OPEN_STATUSES]
        facts = await load_rule_facts(self.procedures, user_id, judged)
        at = from_epoch(self.clock.now())
        changed = 0
        for item in judged:
            end = judge_sources(item, facts)
            is_ended = bool(item.get("superseded_by"))
            if bool(end) == is_ended or not item.get("source_fact_ids"):
                continue
            mark = (*end, at) if end else None
            changed += await self.procedures.mark(user_id, item["id"], item["_etag"], mark)
        return changed


class _Places:
    """The places of each status that rules take which have not ended."""

    def __init__(self, stored: Sequence[Mapping[str, Any]]) -> None:
        self._taken: dict[str, set[str]] = {status: set() for status in OPEN_STATUSES}
        for item in stored:
            if item["status"] in self._taken and not item.get("superseded_by"):
                self._taken[item["status"]].add(str(item["id"]))

    def take(self, rule: Rule) -> bool:
        """Whether the rule has a place, or is given one."""
        taken = self._taken[rule.status]
        if rule.id not in taken and len(taken) >= _MAX_OF_STATUS:
            return False
        taken.add(rule.id)
        return True
