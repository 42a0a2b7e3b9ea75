"""The public SDK, sync and async, on this server: every kind of query that it sends."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import CosmosClient, DatabaseProxy

from tests.contract.cosmos.derived_documents import fact, thread_summary, user_summary
from tests.contract.cosmos.derived_store import JULY, fill_store
from tests.contract.cosmos.sdk_process import SDK_PYTHON, SdkError, SdkProcess
from tests.contract.cosmos.server_process import ServerProcess
from tests.contract.cosmos.topic_vectors import DIMENSIONS

pytestmark = pytest.mark.skipif(
    not SDK_PYTHON.exists(), reason="./dev setup --dev makes .venv-sdk"
)  # fmt: skip


@pytest.fixture(scope="module", params=["sync", "aio"])
def store(
    request: pytest.FixtureRequest, server: ServerProcess, client: CosmosClient
) -> Iterator[tuple[SdkProcess, DatabaseProxy]]:
    """A client of the SDK, the containers that it made, and in them what the app derived."""
    name = f"sdk-{uuid4().hex}"
    sdk = SdkProcess(request.param, server.url, name)
    sdk.call("create_memory_store")
    database = client.get_database_client(name)
    fill_store(database)
    yield sdk, database
    sdk.close()


@pytest.fixture
def sdk(store: tuple[SdkProcess, DatabaseProxy]) -> SdkProcess:
    return store[0]


@pytest.fixture
def database(store: tuple[SdkProcess, DatabaseProxy]) -> DatabaseProxy:
    return store[1]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_the_containers_are_those_of_the_contract(sdk: SdkProcess, database: DatabaseProxy) -> None:
    found = {container["id"]: container for container in database.list_containers()}
    assert set(found) == {
        "memories", "memories_turns", "memories_summaries", "counter", "leases"
    }  # fmt: skip
    for name in ("memories", "memories_turns", "memories_summaries", "counter"):
        assert found[name]["partitionKey"]["paths"] == ["/user_id", "/thread_id"]
        assert found[name]["partitionKey"]["kind"] == "MultiHash"
    ttls = [found[name].get("defaultTtl") for name in ("memories", "memories_turns", "counter")]
    assert ttls == [-1, 2592000, None]
    [vector] = found["memories"]["vectorEmbeddingPolicy"]["vectorEmbeddings"]
    assert (vector["path"], vector["dimensions"]) == ("/embedding", DIMENSIONS)
    assert found["memories"]["fullTextPolicy"]["fullTextPaths"][0]["path"] == "/content"
    sdk.call("create_memory_store")
    sdk.call("validate_topology")


def test_turns_are_written_read_as_a_thread_and_searched(
    sdk: SdkProcess, database: DatabaseProxy
) -> None:
    texts = ["I like tea.", "Noted: tea.", "My garden grows.", "I lost the report."]
    for at, text in enumerate(texts):
        role = "agent" if at == 1 else "user"
        sdk.call(
            "upsert_memory", user_id="eve", role=role, content=text, thread_id="t",
            tags=[f"topic:n{at}"], created_at=JULY[at], metadata={"at": at},
        )  # fmt: skip
    thread = sdk.call("get_thread", thread_id="t", user_id="eve")
    assert sorted(turn["content"] for turn in thread) == sorted(texts)
    assert {turn["ttl"] for turn in thread} == {2592000}
    wide = sdk.call("get_thread", thread_id="t", recent_k=2)
    assert {turn["content"] for turn in wide} == set(texts[2:])
    some = sdk.call(
        "get_thread", thread_id="t", user_id="eve", tags_any=["topic:n1", "topic:n2"],
        exclude_tags=["topic:n2"], created_after=JULY[0], created_before=JULY[2],
    )  # fmt: skip
    assert [turn["content"] for turn in some] == [texts[1]]
    found = sdk.call("search_turns", search_terms="tea", user_id="eve", top_k=2)
    assert {turn["content"] for turn in found} == set(texts[:2])
    found = sdk.call("search_turns", search_terms="tea", user_id="eve", thread_id="t", role="user")
    assert found[0]["content"] == texts[0]
    assert texts[1] not in [turn["content"] for turn in found]
    [stored] = database.get_container_client("memories_turns").query_items(
        "SELECT * FROM c WHERE c.content = 'I like tea.'", enable_cross_partition_query=True
    )
    assert (stored["type"], len(stored["embedding"])) == ("turn", DIMENSIONS)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"search_terms": "tea"}, ["fact_tea"]),
        ({"search_terms": "cat", "thread_id": "t2"}, ["fact_cat"]),
        ({"search_terms": "!?"}, None),  # no keyword is left: nearness alone
        ({"search_terms": "drinks coffee", "include_superseded": True}, ["fact_coffee"]),
        ({"search_terms": "tea", "memory_id": "fact_cat"}, ["fact_cat"]),
        ({"search_terms": "flight", "role": "agent"}, ["fact_flight"]),
        ({"search_terms": "report", "include_episodes": True}, ["ep_report"]),
        ({"search_terms": "garden", "include_episodes": True, "thread_id": "t2"}, ["ep_garden"]),
        ({"search_terms": "delete", "memory_types": ["procedural"]}, ["proc_ask"]),
        ({"search_terms": "tea", "tags_all": ["topic:pets", "topic:home"]}, ["fact_cat"]),
        ({"search_terms": "cat", "tags_any": ["topic:drinks", "topic:none"]}, ["fact_tea"]),
        ({"search_terms": "cat", "exclude_tags": ["topic:pets"], "min_salience": 0.8},
         ["fact_tea"]),
        ({"search_terms": "cat", "min_confidence": 0.6, "tags_any": ["topic:travel"]},
         ["fact_flight"]),
        ({"search_terms": "tea", "created_after": JULY[4], "created_before": JULY[4]},
         ["fact_cat"]),
        ({"search_terms": "tea", "tags_all": ["topic:none"]}, []),
    ],
)  # fmt: skip
def test_search_finds_what_is_near_and_passes_the_filters(
    sdk: SdkProcess, arguments: dict[str, Any], expected: list[str] | None
) -> None:
    rows = sdk.call("search_cosmos", **{"user_id": "ana", "top_k": 5, **arguments})
    assert {row["user_id"] for row in rows} <= {"ana"}
    if expected is None:
        assert len(rows) == 3
    else:
        assert ids(rows)[:1] == expected
    if not arguments.get("include_superseded"):
        assert not {"fact_coffee", "fact_water"} & set(ids(rows))


def test_a_search_is_ranked_and_scored(sdk: SdkProcess) -> None:
    rows = sdk.call("search_cosmos", search_terms="tea", user_id="ana", top_k=2)
    assert len(rows) == 2
    assert rows[0]["similarity_score"] > 0.98 > 0.2 > rows[1]["similarity_score"]
    assert rows[0]["source_turn_ids"] == ["t-1"]
    assert rows[0]["metadata"]["evidence"][0]["turn_id"] == "t-1"
    assert "embedding" not in rows[0]


def test_a_search_over_all_users_crosses_partitions(sdk: SdkProcess) -> None:
    rows = sdk.call("search_cosmos", search_terms="drinks tea", top_k=2)
    assert set(ids(rows)) == {"fact_tea", "fact_bob"}


def test_summaries_and_turns_are_blended_in(sdk: SdkProcess) -> None:
    sdk.call("upsert_memory", user_id="ana", role="user", content="More tea.", thread_id="t9")
    rows = sdk.call(
        "search_cosmos", search_terms="tea", user_id="ana", include_summaries=True,
        include_turns=True, summary_top_k=1, turn_top_k=1, top_k=1,
    )  # fmt: skip
    assert [row["type"] for row in rows] == ["fact", "thread_summary", "turn"]
    found = sdk.call("search_summaries", search_terms="cat", user_id="ana", thread_id="t2", top_k=3)
    assert ids(found) == ["summary_ana_t2"]
    tagged = sdk.call(
        "search_summaries", search_terms="cat", user_id="ana", tags_all=["topic:drinks"]
    )
    assert ids(tagged) == ["summary_ana_t1"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"fact_tea", "fact_cat", "fact_flight"}),
        ({"include_superseded": True, "thread_id": "t1"}, {"fact_tea", "fact_coffee",
                                                           "fact_water"}),
        ({"memory_id": "fact_cat"}, {"fact_cat"}),
        ({"min_salience": 0.6, "tags_any": ["topic:travel", "topic:pets"]}, {"fact_flight"}),
    ],
)  # fmt: skip
def test_facts_are_listed_by_filters(
    sdk: SdkProcess, arguments: dict[str, Any], expected: set[str]
) -> None:
    rows = sdk.call("get_memories", user_id="ana", memory_types=["fact"], **arguments)
    assert set(ids(rows)) == expected


def test_the_most_recent_few_are_listed(sdk: SdkProcess) -> None:
    for few in (1, 2):
        assert len(sdk.call("get_memories", user_id="ana", recent_k=few)) == few


def test_the_history_of_a_fact_is_followed_back(sdk: SdkProcess) -> None:
    for scope in ({}, {"thread_id": "t1"}):
        rows = sdk.call("get_memory_history", memory_id="fact_tea", user_id="ana", **scope)
        assert ids(rows) == ["fact_coffee", "fact_water"]
        assert rows[0]["supersede_reason"] == "contradict"
    assert sdk.call("get_memory_history", memory_id="fact_tea", user_id="bob") == []


def test_episodes_are_listed_searched_and_told(sdk: SdkProcess) -> None:
    assert ids(sdk.call("get_episodes", user_id="ana")) == ["ep_garden", "ep_report"]
    assert ids(sdk.call("get_episodes", user_id="ana", thread_id="t1", recent_k=3)) == ["ep_report"]
    found = sdk.call("search_episodic_memories", user_id="ana", search_terms="report")
    assert ids(found)[0] == "ep_report"
    assert found[0]["events"][0]["source_turn_ids"] == ["t-1"]
    salient = sdk.call(
        "search_episodic_memories", user_id="ana", search_terms="garden", min_salience=0.4
    )
    assert ids(salient) == ["ep_report"]
    assert "report" in sdk.call("build_episodic_context", user_id="ana", query="report", top_k=1)


def test_procedures_are_retrieved_and_compiled_to_a_prompt(sdk: SdkProcess) -> None:
    def retrieve(terms: str, **narrowed: Any) -> list[str]:
        found = sdk.call("retrieve_procedures", user_id="ana", search_terms=terms, **narrowed)
        return ids(found)

    assert retrieve("delete")[0] == "proc_ask"
    assert set(retrieve("delete", status=None)) == {"proc_ask", "proc_try", "proc_write"}
    assert retrieve("delete", scope_type="project", scope_value="apollo") == ["proc_write"]
    assert retrieve("report", procedure_kind="behavioral_policy") == ["proc_ask"]
    prompt = sdk.call("get_procedural_prompt", user_id="ana")
    assert "Ask always" in prompt
    assert "Try always" not in prompt
    assert "Write" in sdk.call("build_procedural_context", user_id="ana", task="the report")
    assert sdk.call("get_procedural_prompt", user_id="bob") is None
    everything = {"proc_ask", "proc_try", "proc_write"}
    assert set(ids(sdk.call("get_procedural_memories", user_id="ana"))) == everything
    assert set(ids(sdk.call("get_procedural_history", user_id="ana"))) == everything


def test_summaries_are_read_by_their_owner(sdk: SdkProcess) -> None:
    for recent in ({}, {"recent_k": 1}):
        rows = sdk.call("get_thread_summary", user_id="ana", thread_id="t1", **recent)
        assert ids(rows) == ["summary_ana_t1"]
    profile = sdk.call("get_user_summary", user_id="ana")
    assert profile["metadata"]["structured_summary"]["key_facts"]
    assert sdk.call("get_user_summary", user_id="bob") is None


def test_tags_are_listed_added_and_removed(sdk: SdkProcess, database: DatabaseProxy) -> None:
    memories = database.get_container_client("memories")
    memories.create_item(fact("fact_dan", "dan", "t", "Dan has a cat.", tags=["topic:pets"]))
    memories.create_item(fact("fact_dan2", "dan", "t2", "Dan has tea.", tags=["topic:drinks"]))
    assert sdk.call("list_tags", user_id="dan") == ["topic:drinks", "topic:pets"]
    assert sdk.call("list_tags", user_id="dan", thread_id="t") == ["topic:pets"]
    where = {"memory_id": "fact_dan", "user_id": "dan", "thread_id": "t", "memory_type": "fact"}
    sdk.call("add_tags", **where, tags=["topic:home"])
    sdk.call("remove_tags", **where, tags=["topic:pets"])
    assert sdk.call("list_tags", user_id="dan", thread_id="t") == ["topic:home"]
    everything = sdk.call("list_tags", user_id="dan", include_sys=True, prefix="sys:")
    assert everything == ["sys:auto-extracted", "sys:fact"]


def test_turns_and_threads_are_changed_and_deleted(
    sdk: SdkProcess, database: DatabaseProxy
) -> None:
    turns = [
        sdk.call("upsert_memory", user_id="kim", role="user", content=f"Turn {n}", thread_id="t")
        for n in range(3)
    ]
    where = {"user_id": "kim", "thread_id": "t"}
    sdk.call("update_cosmos", memory_id=turns[0], memory_type="turn", content="Edited", **where)
    sdk.call("delete_turn", turn_id=turns[1], **where)
    left = sdk.call("get_thread", **where)
    assert sorted(turn["content"] for turn in left) == ["Edited", "Turn 2"]
    summaries = database.get_container_client("memories_summaries")
    summaries.create_item(thread_summary("kim", "t", "A talk."))
    summaries.create_item(user_summary("kim", "Kim talks."))
    assert sdk.call("delete_thread", **where) == 3
    assert sdk.call("get_thread", **where) == []
    assert sdk.call("get_thread_summary", **where) == []
    assert sdk.call("delete_user_summary", user_id="kim") is True
    assert sdk.call("delete_user_summary", user_id="kim") is False
    with pytest.raises(SdkError, match="NotFound"):
        sdk.call("delete_turn", turn_id=turns[1], **where)
