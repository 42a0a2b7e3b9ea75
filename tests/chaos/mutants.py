"""The app without one of its safeguards: patched in a forked host, the app itself has no switch."""

import copy
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy

from shared.adapters import cosmos_counting, cosmos_thread_log
from shared.adapters.cosmos_counting import Mark
from shared.adapters.cosmos_documents import Document, Operation, execute_batch
from shared.adapters.cosmos_journal import CosmosJournal
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.domain.messages import StepJob, StepResult
from shared.domain.turns import ThreadKey
from shared.services.extract_facts import ExtractFacts
from shared.services.flush import FlushReport
from shared.services.plan_thread import PlanThread
from shared.services.sweep import Sweep


def _no_seen() -> None:
    """A turn that was counted is counted again: its mark is written over."""
    create = cosmos_counting._creations

    def write_over(marks: Sequence[Mark]) -> list[Operation]:
        return [_upsert(each) if each[1][0]["type"] == "seen" else each for each in create(marks)]

    cosmos_counting._creations = write_over


def _upsert(operation: Operation) -> Operation:
    return ("upsert", operation[1], {})


def _no_claim() -> None:
    """A run that finds a claim plans anew, with the turns that have arrived since."""
    plan = PlanThread._plan

    async def plan_anew(self: PlanThread, key: Any, stored: Any, *, fresh: bool) -> Any:
        unclaimed = stored.value.model_copy(update={"claim": None})
        stored = dataclasses.replace(stored, value=unclaimed)
        return await plan(self, key, stored, fresh=fresh)

    PlanThread._plan = plan_anew


def _no_owner() -> None:
    """An addition to a public counter does not ask who has written it last."""
    execute = cosmos_counting.execute_batch

    async def add_blindly(
        container: ContainerProxy, operations: list[Operation], partition: list[str]
    ) -> list[Document]:
        blind = [
            (kind, arguments, {} if "filter_predicate" in options else options)
            for kind, arguments, options in operations
        ]
        return await execute(container, blind, partition)

    cosmos_counting.execute_batch = add_blindly


class _ForgetfulJournal:
    """Finds no answer, and keeps the last one that it is given."""

    def __init__(self, journal: CosmosJournal) -> None:
        self._journal = journal

    async def load(self, key: ThreadKey, claim_key: str, answer_id: str) -> None:
        return None

    async def create(
        self, key: ThreadKey, claim_key: str, answer_id: str, answer: Mapping[str, Any]
    ) -> dict[str, Any]:
        ids = {"id": answer_id, "user_id": key.user_id, "thread_id": key.thread_id}
        document = {**answer, **ids, "type": "answer"}
        partition = [key.user_id, key.thread_id]
        await execute_batch(
            self._journal._container,
            [("upsert", (document,), {})],
            partition,
        )
        name = (key.user_id, key.thread_id, claim_key, answer_id)
        self._journal._answers.put(name, document)
        return document


def _no_journal() -> None:
    """An extraction that is run again asks the model again, and the new answer counts."""
    run = ExtractFacts.run

    async def ask_always(self: ExtractFacts, job: StepJob) -> StepResult:
        journal: Any = _ForgetfulJournal(self.journal)  # pyright: ignore[reportArgumentType]
        return await run(dataclasses.replace(self, journal=journal), job)

    ExtractFacts.run = ask_always


def _open_commit() -> None:
    """A commit asks for nothing: neither the version that was read nor that the chunk is new."""
    commit = CosmosThreadLog.commit

    async def commit_blindly(self: CosmosThreadLog, *given: Any, **named: Any) -> Any:
        blind: Any = copy.copy(self)

        async def write(state: Any, operations: list[Operation]) -> Any:
            unconditional = [
                _upsert(each) if each[0] == "create" else (each[0], each[1], {})
                for each in operations
            ]
            return await self._write(state, unconditional)

        blind._write = write
        return await commit(blind, *given, **named)

    CosmosThreadLog.commit = commit_blindly  # pyright: ignore[reportAttributeAccessIssue] - any arguments


def _no_close() -> None:
    """A commit writes its ledger record and leaves the marks of its turns open."""
    cosmos_thread_log._closings = lambda *_: []


def _no_sweeper() -> None:
    """Nobody looks after what trigger and orchestrations left behind."""

    async def find_nothing(self: Sweep) -> FlushReport:
        return FlushReport()

    Sweep.run = find_nothing


MUTANTS: dict[str, Callable[[], None]] = {
    "no-seen": _no_seen,
    "no-owner": _no_owner,
    "no-claim": _no_claim,
    "no-journal": _no_journal,
    "open-commit": _open_commit,
    "no-close": _no_close,
    "no-sweeper": _no_sweeper,
}
