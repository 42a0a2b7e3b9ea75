import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.domain import messages
from shared.domain.dedup import FactDecisions

MESSAGES: list[type[BaseModel]] = [
    item
    for _, item in inspect.getmembers(messages, inspect.isclass)
    if issubclass(item, BaseModel) and item.__module__ == messages.__name__
]
MESSAGES.append(FactDecisions)

# All that may go through an orchestration's history: ids, numbers, codes. A field that is not
# listed here must be looked at with one question: can a user's words stand in it?
FIELDS_WITHOUT_CONTENT = {
    "reconcile",
    "version",
    "user_id",
    "thread_id",
    "retry",
    "first_seconds",
    "attempts",
    "due",
    "claim_key",
    "chunk",
    "extract",
    "summarize_from",
    "summarize_to",
    "summary_edition",
    "adopted",
    "overdue",
    "attempt",
    "creates",
    "folds",
    "revives",
    "supersedes",
    "updates",
    "status",
    "count",
    "extracted",
    "summarized",
    "profile_due",
    "run",
    "generation",
    "rebuild",
    "retire",
    "retired",
    "revived",
    "backfill_id",
    "done",
    "pause_seconds",
    "turns",
    "threads",
    "episodes",
    "profile",
    "procedures",
    "thorough",
    "segments",
    "first",
    "last",
}
IDS = st.dictionaries(st.integers(0, 30), st.text(max_size=10), max_size=4)
PAIRS = st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=4)


@pytest.mark.parametrize("message", MESSAGES)
def test_no_field_of_a_message_can_carry_what_a_user_said(message: type[BaseModel]) -> None:
    assert set(message.model_fields) - FIELDS_WITHOUT_CONTENT == set()


def test_every_allowed_field_is_one_of_a_message() -> None:
    used = {name for message in MESSAGES for name in message.model_fields}
    assert used == FIELDS_WITHOUT_CONTENT


@given(
    job=st.builds(messages.PersistJob, folds=IDS, revives=IDS, supersedes=PAIRS, user_id=st.text())
    | st.builds(messages.CommitJob, extracted=st.builds(messages.StepResult, folds=IDS) | st.none())
    | st.builds(messages.ProfileJob)
    | st.builds(messages.ThreadPlan)
)
def test_a_message_is_the_same_after_its_way_through_json(job: BaseModel) -> None:
    sent = json.dumps(job.model_dump(mode="json"))
    assert type(job).model_validate(json.loads(sent)) == job


@pytest.mark.parametrize("message", MESSAGES)
def test_fields_of_a_newer_version_are_ignored(message: type[BaseModel]) -> None:
    given_fields = {
        "user_id": "u",
        "thread_id": "t",
        "claim_key": "chunk:1",
        "chunk": 1,
        "run": 1,
        "due": True,
        "profile_due": False,
        "creates": [],
        "folds": {},
        "revives": {},
        "supersedes": [],
        "backfill_id": "backfill:1",
        "first": (1, 0),
        "last": (1, 1),
        "of_a_newer_version": "x",
    }
    read = message.model_validate(given_fields)
    assert "of_a_newer_version" not in read.model_dump()


def test_a_message_of_the_first_version_can_still_be_read() -> None:
    """What an orchestration that was started by the first release finds in its input."""
    step = messages.StepJob.model_validate(
        {"version": 1, "user_id": "u", "thread_id": "t", "claim_key": "chunk:1", "chunk": 1}
    )
    assert (step.attempt, step.adopted, step.summarize_to) == (0, False, 0)
    assert messages.UserJob.model_validate({"user_id": "u"}).retry == messages.RetryPolicy()
    assert messages.ThreadPlan.model_validate({}).due is False


def test_a_job_names_its_thread() -> None:
    job = messages.StepJob(user_id="u", thread_id="t", claim_key="chunk:1", chunk=1)
    assert (job.key.user_id, job.key.thread_id) == ("u", "t")
