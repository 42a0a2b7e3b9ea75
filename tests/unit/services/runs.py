"""Runs of a thread and of a user, step by step as the orchestrations make them."""

from typing import Any

from shared.domain.messages import (
    DEFERRED,
    CommitJob,
    CommitResult,
    EpisodesJob,
    PersistJob,
    ProfileJob,
    ProfilePlan,
    StepJob,
    StepResult,
    ThreadJob,
    ThreadPlan,
)
from shared.domain.thread_state import ThreadState
from shared.domain.turns import ThreadKey
from shared.domain.user_state import UserState
from tests.fakes.memory_app import Document, MemoryApp

KEY = ThreadKey(user_id="u1", thread_id="t1")
FAILED = StepResult(status=DEFERRED)
_MOST_ROUNDS = 30


class ThreadRun:
    """One orchestration of a thread, on one worker."""

    def __init__(self, app: MemoryApp, key: ThreadKey = KEY) -> None:
        self.services = app.services
        self.key = key

    async def plan(self) -> ThreadPlan:
        return await self.services.plan_thread.run(self.key)

    def step(self, plan: ThreadPlan, **changes: Any) -> StepJob:
        given = plan.model_dump(exclude={"due", "extract", "retire", "segments"})
        values = {**self.key.model_dump(), **given}
        return StepJob.model_validate({**values, **changes})

    async def extract(self, plan: ThreadPlan, **changes: Any) -> StepResult:
        return await self.services.extract_facts.run(self.step(plan, **changes))

    async def persist(self, plan: ThreadPlan) -> StepResult:
        """Deduplicate and write what was extracted."""
        job = self.step(plan)
        decisions = await self.services.deduplicate_facts.run(job)
        persist = PersistJob.model_validate({**job.model_dump(), **decisions.model_dump()})
        return await self.services.persist_facts.run(persist)

    async def summarize(self, plan: ThreadPlan) -> StepResult:
        await self.services.write_summary.run(self.step(plan))
        return await self.services.persist_summary.run(self.step(plan))

    async def write_episodes(self, plan: ThreadPlan, **changes: Any) -> StepResult:
        """Ask about the plan's segments and persist what came of it."""
        job = self.step(plan, **changes).model_dump()
        episodes = EpisodesJob(**job, segments=plan.segments)
        await self.services.write_episodes.run(episodes)
        return await self.services.persist_episodes.run(episodes)

    async def commit(
        self,
        plan: ThreadPlan,
        extracted: StepResult | None = None,
        summarized: StepResult | None = None,
        episodes: StepResult | None = None,
    ) -> CommitResult:
        job = self.step(plan).model_dump()
        commit = CommitJob(**job, extracted=extracted, summarized=summarized, episodes=episodes)
        return await self.services.commit_thread.run(commit)

    async def round(self, plan: ThreadPlan) -> CommitResult:
        """All steps of a plan."""
        if plan.retire:
            await self.services.retire_memories.run(ThreadJob(**self.key.model_dump()))
            return CommitResult(due=True, profile_due=False)
        extracted = summarized = episodes = None
        if plan.extract:
            await self.extract(plan)
            extracted = await self.persist(plan)
        if plan.summarize_to:
            summarized = await self.summarize(plan)
        if plan.segments:
            episodes = await self.write_episodes(plan)
        return await self.commit(plan, extracted, summarized, episodes)

    async def finish(self) -> int:
        """Rounds until nothing is due; how many there were."""
        for rounds in range(_MOST_ROUNDS):
            plan = await self.plan()
            if not plan.due:
                return rounds
            result = await self.round(plan)
            if not result.due:
                return rounds + 1
        raise AssertionError("the thread never comes to rest")


class UserRun:
    """One orchestration of a user."""

    def __init__(self, app: MemoryApp, user_id: str = "u1") -> None:
        self.services = app.services
        self.user_id = user_id

    async def plan(self) -> ProfilePlan:
        return await self.services.plan_profile.run(self.user_id)

    def step(self, plan: ProfilePlan, **changes: Any) -> ProfileJob:
        values = {"user_id": self.user_id, **plan.model_dump(exclude={"due"})}
        return ProfileJob.model_validate({**values, **changes})

    async def reconcile(self, plan: ProfilePlan, **changes: Any) -> StepResult:
        return await self.services.reconcile_facts.run(self.step(plan, **changes))

    async def write(self, plan: ProfilePlan, **changes: Any) -> StepResult:
        return await self.services.write_profile.run(self.step(plan, **changes))

    async def persist(self, plan: ProfilePlan) -> StepResult:
        return await self.services.persist_profile.run(self.step(plan))

    async def derive(self, plan: ProfilePlan, **changes: Any) -> StepResult:
        """Write and persist procedures."""
        await self.services.write_procedures.run(self.step(plan, **changes))
        return await self.services.persist_procedures.run(self.step(plan, **changes))

    async def commit(self, plan: ProfilePlan, **changes: Any) -> CommitResult:
        return await self.services.commit_profile.run(self.step(plan, **changes))

    async def finish(self) -> int:
        """Runs until none is due; how many there were."""
        for runs in range(_MOST_ROUNDS):
            plan = await self.plan()
            if not plan.due:
                return runs
            if plan.reconcile:
                await self.reconcile(plan)
            if plan.profile:
                await self.write(plan)
                await self.persist(plan)
            if plan.procedures:
                await self.derive(plan)
            if not (await self.commit(plan)).due:
                return runs + 1
        raise AssertionError("the user never comes to rest")


async def thread_state(app: MemoryApp, key: ThreadKey = KEY) -> ThreadState:
    return ThreadState.model_validate(await app.read(app.counters, "state", key))


async def user_state(app: MemoryApp, user_id: str = "u1") -> UserState:
    key = ThreadKey(user_id=user_id, thread_id="__counters__")
    return UserState.model_validate(await app.read(app.counters, "user-state", key))


async def ledger(app: MemoryApp) -> list[Document]:
    """The committed chunks of all threads."""
    records = await app.find(app.counters, "c.type = 'chunk'")
    return sorted(records, key=lambda r: (r["user_id"], r["thread_id"], r["chunk"]))


async def fact_contents(app: MemoryApp, *, active: bool = True) -> set[str]:
    found = await app.find(app.memories, "c.type = 'fact'")
    return {item["content"] for item in found if bool(item.get("superseded_by")) != active}
