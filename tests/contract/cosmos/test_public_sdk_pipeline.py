"""The public SDK derives memories itself, from a model stand-in: the queries of its pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy

from tests.contract.cosmos.derived_documents import episode, fact
from tests.contract.cosmos.derived_store import JULY
from tests.contract.cosmos.sdk_process import SDK_PYTHON, SdkProcess
from tests.contract.cosmos.server_process import ServerProcess
from tests.contract.model.server_process import run_server

pytestmark = pytest.mark.skipif(
    not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk"
)  # fmt: skip

TEXTS = [
    "I love green tea.",
    "I work at Contoso in Berlin.",
    "Please always ask before deleting files.",
]


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    with run_server() as running:
        yield running.url


@pytest.fixture(scope="module", params=["sync", "aio"])
def store(
    request: pytest.FixtureRequest, server: ServerProcess, client: CosmosClient, model_url: str
) -> Iterator[tuple[SdkProcess, DatabaseProxy]]:
    """A client that derives here, and the containers that it made."""
    name = f"pipeline-{uuid4().hex}"
    sdk = SdkProcess(request.param, server.url, name, model_url)
    sdk.call("create_memory_store")
    yield sdk, client.get_database_client(name)
    sdk.close()


@dataclass(frozen=True)
class Conversation:
    """A user's first conversation, of three turns, and the containers around it."""

    sdk: SdkProcess
    database: DatabaseProxy
    user: str

    def call(self, name: str, **arguments: Any) -> Any:
        return self.sdk.call(name, user_id=self.user, thread_id="home", **arguments)

    def say(self, text: str, created_at: str) -> None:
        self.call("upsert_memory", role="user", content=text, created_at=created_at)

    def rows(self, container: str, condition: str) -> list[dict[str, Any]]:
        text = f"SELECT * FROM c WHERE c.user_id = '{self.user}' AND {condition}"
        found = self.database.get_container_client(container).query_items(
            text, enable_cross_partition_query=True
        )
        return list(found)

    def add(self, memory: dict[str, Any]) -> None:
        self.database.get_container_client("memories").create_item(memory)


@pytest.fixture
def talk(store: tuple[SdkProcess, DatabaseProxy]) -> Conversation:
    sdk, database = store
    conversation = Conversation(sdk, database, f"ana-{uuid4().hex}")
    for at, text in enumerate(TEXTS):
        conversation.say(text, JULY[at])
    return conversation


def test_turns_are_extracted_once(talk: Conversation) -> None:
    assert talk.call("extract_memories")["fact_count"] == 3
    assert len(talk.rows("memories_turns", "IS_DEFINED(c.extracted_at)")) == 3
    facts = talk.rows("memories", "c.type = 'fact' AND IS_DEFINED(c.embedding)")
    assert {row["metadata"]["source"] for row in facts} == {"user"}
    assert talk.call("extract_memories")["fact_count"] == 0
    talk.say("I play the cello.", JULY[3])
    assert talk.call("extract_memories")["fact_count"] == 1
    assert len(talk.rows("memories", "c.type = 'fact'")) == 4


def test_a_summary_takes_only_turns_after_the_one_before(talk: Conversation) -> None:
    first = talk.call("generate_thread_summary")
    assert (first["id"], first["metadata"]["source_count"]) == (f"summary_{talk.user}_home", 3)
    assert talk.call("generate_thread_summary")["metadata"]["source_count"] == 3
    talk.say("I play the cello.", JULY[5])
    second = talk.call("generate_thread_summary")
    assert second["metadata"]["source_count"] == 4
    assert second["metadata"]["incremental_update"] is True
    assert second["updated_at"] == JULY[5]


def test_closed_turns_leave_the_episode_segment(talk: Conversation) -> None:
    talk.call("extract_episodes")
    # Days lie between the turns, so all but the last one are closed.
    [cursor] = talk.rows("memories", "c.type = 'episode_cursor'")
    assert cursor["last_episode_at"] in JULY[:2]
    talk.call("extract_episodes", flush=True)
    [cursor] = talk.rows("memories", "c.type = 'episode_cursor'")
    assert cursor["last_episode_at"] == JULY[2]


def test_reconcile_and_procedures_read_their_pools(talk: Conversation) -> None:
    for at in range(3):
        talk.add(fact(f"fact_{at}", talk.user, f"t{at}", f"Fact {at}.", salience=0.9))
    talk.add(fact("fact_agent", talk.user, "t0", "Said so.", tags=["sys:agent-fact"]))
    talk.add(episode("ep_1", talk.user, "t0", "An afternoon."))
    assert talk.sdk.call("reconcile", user_id=talk.user, n=50)["kept"] == 3
    synthesis = talk.sdk.call("synthesize_procedural", user_id=talk.user)
    assert synthesis["status"] == "synthesized"
    nothing = talk.sdk.call("synthesize_procedural", user_id="nobody")
    assert nothing["procedures_created"] == 0


def test_a_profile_takes_all_sources_of_its_user(talk: Conversation) -> None:
    talk.call("extract_memories")
    talk.call("generate_thread_summary")
    talk.add(fact("fact_bob", "bob", talk.user, "Bob has a cat."))
    profile = talk.sdk.call("generate_user_summary", user_id=talk.user)
    assert profile["metadata"]["source_memory_count"] == 4
    assert profile["metadata"]["thread_ids"] == ["home"]
    late = "2099-01-01T00:00:00+00:00"
    talk.add(fact("fact_new", talk.user, "work", "Ana writes.", created_at=late))
    updated = talk.sdk.call("generate_user_summary", user_id=talk.user)
    assert updated["metadata"]["thread_ids"] == ["home", "work"]
    assert updated["metadata"]["source_memory_count"] == 5


def test_the_whole_pipeline_runs_at_once(talk: Conversation) -> None:
    talk.call("process_now")
    assert talk.call("process_now_and_wait") is True
    [summary] = talk.call("get_thread_summary")
    assert summary["metadata"]["source_count"] == 3
    facts = talk.sdk.call("get_memories", user_id=talk.user, memory_types=["fact"])
    assert len(facts) == 3
    profile = talk.sdk.call("get_user_summary", user_id=talk.user)
    assert profile["id"] == f"user_summary_{talk.user}"
    found = talk.sdk.call("search_cosmos", search_terms="green tea", user_id=talk.user, top_k=1)
    assert "tea" in found[0]["content"]
    assert len(talk.rows("memories_summaries", "true")) == 2
