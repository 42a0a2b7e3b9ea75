"""Every query that the public toolkit sends, word for word, and the rows it has on a known store.

0.3.0b2 is the released client that test_public_sdk*.py run; 0.3.0b1 is the one before it and the
function app that was published for it, which cannot be run beside it. The store is derived_store.py
plus what test_query_shapes.py adds.
"""

from dataclasses import dataclass
from typing import Any

from tests.contract.cosmos.topic_vectors import embed

ACTIVE = "(NOT IS_DEFINED(c.superseded_by) OR IS_NULL(c.superseded_by))"
SHOWN = (
    "c.id, c.user_id, c.thread_id, c.role, c.type, c.content, c.metadata, c.created_at, c.tags,"
    " c.salience, c.confidence, c.title, c.started_at, c.ended_at, c.participants, c.events,"
    " c.outcome, c.lessons, c.source_turn_ids, c.superseded_by, c.superseded_at, c.supersede_reason"
)
NEAR = "VectorDistance(c.embedding, @embedding)"
FUSED = f"RANK RRF({NEAR}, FullTextScore(c.content, @kw0, @kw1))"
OWN = "c.user_id = @user_id"
ANA, HER_T1 = {"user_id": "ana"}, {"user_id": "ana", "thread_id": "t1"}
DAY_3, DAY_5 = "2026-07-03T10:00:00+00:00", "2026-07-05T10:00:00+00:00"
TEA: dict[str, Any] = {"embedding": embed("tea")}
WORDS: dict[str, Any] = {**TEA, "kw0": "drinks", "kw1": "tea"}


@dataclass(frozen=True)
class Shape:
    """A query, asked of a container, of one thread if it names one, and the ids of its rows."""

    name: str
    container: str
    text: str
    parameters: dict[str, Any]
    expected: list[str]
    thread: str | None = None
    ordered: bool = False


def search(where: str, order: str = FUSED) -> str:
    return f"SELECT TOP 9 {SHOWN}, {NEAR} AS similarity_score FROM c WHERE {where} ORDER BY {order}"


SEARCHES = [
    Shape("search, hybrid", "memories",
          search(f"{OWN} AND c.type IN (@memory_type_0) AND {ACTIVE}"),
          ANA | WORDS | {"memory_type_0": "fact"}, ["fact_tea", "fact_cat", "fact_flight"]),
    Shape("search, nearness alone", "memories",
          search(f"{OWN} AND c.type IN (@memory_type_0) AND {ACTIVE}", NEAR),
          ANA | TEA | {"memory_type_0": "fact"}, ["fact_tea", "fact_cat", "fact_flight"]),
    Shape("search, of one thread", "memories",
          search(f"{OWN} AND c.thread_id = @thread_id AND c.type IN (@memory_type_0) AND {ACTIVE}"),
          HER_T1 | WORDS | {"memory_type_0": "fact"}, ["fact_tea"], thread="t1"),
    Shape("search, of one thread or any", "memories",
          search(f"{OWN} AND (c.thread_id = @thread_id OR c.type IN (@user_scoped_type_0)) AND"
                 f" c.type IN (@memory_type_0, @memory_type_1) AND {ACTIVE}"),
          HER_T1 | WORDS | {"user_scoped_type_0": "procedural", "memory_type_0": "fact",
                            "memory_type_1": "procedural"},
          ["fact_tea", "proc_ask", "proc_try", "proc_write"]),
    Shape("search, all filters", "memories",
          search("c.id = @memory_id AND c.user_id = @user_id AND c.role = @role AND"
                 " c.type IN (@memory_type_0) AND c.confidence >= @min_confidence AND"
                 " ARRAY_CONTAINS(c.tags, @tag_0) AND ARRAY_CONTAINS(c.tags, @tag_1) AND"
                 " (ARRAY_CONTAINS(c.tags, @any_tag_0) OR ARRAY_CONTAINS(c.tags, @any_tag_1)) AND"
                 " NOT ARRAY_CONTAINS(c.tags, @exc_tag_0) AND c.created_at >= @created_after AND"
                 f" c.created_at <= @created_before AND c.salience >= @min_salience AND {ACTIVE}"),
          ANA | WORDS | {
              "memory_id": "fact_cat", "role": "system", "memory_type_0": "fact",
              "min_confidence": 0.5, "tag_0": "topic:pets", "tag_1": "sys:fact",
              "any_tag_0": "topic:none", "any_tag_1": "topic:home", "exc_tag_0": "topic:old",
              "created_after": DAY_5, "created_before": DAY_5, "min_salience": 0.4},
          ["fact_cat"]),
    Shape("search, all users", "memories", search(f"c.type IN (@memory_type_0) AND {ACTIVE}"),
          WORDS | {"memory_type_0": "fact"}, ["fact_tea", "fact_bob", "fact_cat", "fact_flight"]),
    Shape("search turns", "memories_turns",
          search(f"{OWN} AND c.thread_id = @thread_id AND c.role = @role AND"
                 f" c.created_at >= @created_after AND {ACTIVE}"),
          HER_T1 | WORDS | {"role": "user", "created_after": DAY_3}, ["turn_3"], thread="t1"),
    Shape("search summaries", "memories_summaries",
          search(f"{OWN} AND ARRAY_CONTAINS(c.tags, @tag_0) AND {ACTIVE}"),
          ANA | WORDS | {"tag_0": "topic:drinks"}, ["summary_ana_t1"]),
    Shape("search episodes", "memories",
          search(f"c.type = @type AND {OWN} AND c.started_at >= @started_after AND"
                 f" c.started_at <= @started_before AND c.ended_at >= @ended_after AND"
                 f" c.ended_at <= @ended_before AND c.salience >= @min_salience AND {ACTIVE}"),
          ANA | WORDS | {"type": "episodic", "started_after": "2026-07-01T09:00:00+00:00",
                         "started_before": DAY_3, "ended_after": "2026", "ended_before": "2027",
                         "min_salience": 0.2}, ["ep_report"]),
    Shape("search procedures", "memories",
          search(f"c.type = @type AND {OWN} AND c.scope_type = @scope_type AND"
                 " c.scope_value = @scope_value AND c.procedure_kind = @procedure_kind AND"
                 f" c.status = @status AND {ACTIVE}"),
          ANA | WORDS | {"type": "procedural", "scope_type": "project", "scope_value": "apollo",
                         "procedure_kind": "workflow", "status": "active"}, ["proc_write"]),
]  # fmt: skip

READS = [
    Shape("get_memories", "memories",
          f"SELECT * FROM c WHERE {OWN} AND c.type IN (@memory_type_0) AND {ACTIVE}",
          ANA | {"memory_type_0": "fact"}, ["fact_tea", "fact_cat", "fact_flight"]),
    Shape("get_memories, the most recent", "memories",
          f"SELECT TOP @recent_k * FROM c WHERE {OWN} AND {ACTIVE} ORDER BY c._ts DESC",
          ANA | {"recent_k": 50}, [
              "fact_tea", "fact_cat", "fact_flight", "ep_report", "ep_garden", "proc_ask",
              "proc_try", "proc_write", "episode_cursor_ana_t1"]),
    Shape("get_thread", "memories_turns",
          "SELECT c.id, c.user_id, c.thread_id, c.role, c.type, c.content, c.metadata,"
          " c.created_at, c.tags, c.ttl FROM c WHERE c.thread_id = @thread_id AND"
          f" c.user_id = @user_id AND {ACTIVE} ORDER BY c.created_at DESC",
          HER_T1, ["turn_3", "turn_2", "turn_1"], ordered=True),
    Shape("get_thread_summary", "memories_summaries",
          "SELECT TOP @recent_k * FROM c WHERE c.type = @type AND c.user_id = @user_id AND"
          f" c.thread_id = @thread_id AND {ACTIVE} ORDER BY c.created_at DESC",
          HER_T1 | {"type": "thread_summary", "recent_k": 1}, ["summary_ana_t1"], thread="t1"),
    Shape("get_episodes", "memories",
          f"SELECT * FROM c WHERE c.type = @type AND {OWN} AND {ACTIVE} ORDER BY c.created_at DESC",
          ANA | {"type": "episodic"}, ["ep_garden", "ep_report"], ordered=True),
    Shape("history", "memories",
          f"SELECT {SHOWN} FROM c WHERE c.superseded_by IN (@sid0, @sid1) AND {OWN}",
          ANA | {"sid0": "fact_tea", "sid1": "fact_coffee"}, ["fact_coffee", "fact_water"]),
    Shape("procedural prompt", "memories",
          "SELECT * FROM c WHERE c.user_id=@uid AND c.type='procedural' AND c.status='active' AND "
          + ACTIVE, {"uid": "ana"}, ["proc_ask", "proc_write"]),
    Shape("procedural history", "memories",
          f"SELECT * FROM c WHERE {OWN} AND c.thread_id = @thread_id AND c.type = @type"
          " ORDER BY c.version DESC",
          ANA | {"thread_id": "__procedural__", "type": "procedural"},
          ["proc_ask", "proc_try", "proc_write"]),
    Shape("procedural list", "memories",
          f"SELECT * FROM c WHERE {OWN} AND c.thread_id = @thread_id AND c.type = @type AND"
          f" {ACTIVE} ORDER BY c.created_at DESC",
          ANA | {"thread_id": "__procedural__", "type": "procedural"},
          ["proc_ask", "proc_try", "proc_write"]),
]  # fmt: skip

PIPELINE = [
    Shape("turns to extract", "memories_turns",
          f"SELECT * FROM c WHERE {OWN} AND c.thread_id = @thread_id AND c.type = 'turn' AND"
          " (NOT IS_DEFINED(c.extracted_at) OR IS_NULL(c.extracted_at))",
          HER_T1, ["turn_2", "turn_3"], thread="t1"),
    Shape("turns to summarise", "memories_turns",
          f"SELECT * FROM c WHERE {OWN} AND c.thread_id = @thread_id AND c.type = 'turn' AND"
          " c.created_at > @since", HER_T1 | {"since": "2026-07-01T10:00:00+00:00"},
          ["turn_2", "turn_3"], thread="t1"),
    Shape("episode segment", "memories_turns",
          f"SELECT * FROM c WHERE {OWN} AND c.thread_id = @thread_id AND c.type = 'turn' AND"
          " (c.created_at > @last_at OR (c.created_at = @last_at AND c.id > @last_id))",
          HER_T1 | {"last_at": "2026-07-01T10:00:00+00:00", "last_id": "turn_0"},
          ["turn_1", "turn_2", "turn_3"], thread="t1"),
    Shape("episode segment, at first", "memories_turns",
          f"SELECT * FROM c WHERE {OWN} AND c.thread_id = @thread_id AND c.type = 'turn' AND"
          " (c.created_at > @last_at OR (c.created_at = @last_at AND c.id > @last_id))",
          HER_T1 | {"last_at": "", "last_id": ""}, ["turn_1", "turn_2", "turn_3"], thread="t1"),
    Shape("reconcile pool", "memories",
          f"SELECT TOP 2 * FROM c WHERE {OWN} AND c.type = @memory_type AND {ACTIVE} AND"
          " NOT ARRAY_CONTAINS(c.tags, 'sys:agent-fact') ORDER BY c.created_at DESC",
          ANA | {"memory_type": "fact"}, ["fact_cat", "fact_tea"], ordered=True),
    Shape("procedures from facts", "memories",
          f"SELECT TOP 50 * FROM c WHERE c.user_id = @uid AND c.type = @type AND {ACTIVE} AND"
          " ((IS_DEFINED(c.metadata.category) AND c.metadata.category IN ('preference',"
          " 'requirement')) OR (IS_DEFINED(c.salience) AND c.salience >= @min_salience))"
          " ORDER BY c.created_at ASC",
          {"uid": "ana", "type": "fact", "min_salience": 0.8},
          ["fact_tea", "fact_cat", "fact_flight"], ordered=True),
    Shape("procedures from episodes", "memories",
          f"SELECT TOP 50 * FROM c WHERE c.user_id = @uid AND c.type = @type AND {ACTIVE} AND"
          " IS_DEFINED(c.lessons) AND ARRAY_LENGTH(c.lessons) > 0 ORDER BY c.created_at ASC",
          {"uid": "ana", "type": "episodic"}, ["ep_report", "ep_garden"], ordered=True),
    Shape("profile from memories", "memories",
          f"SELECT * FROM c WHERE {OWN} AND c.created_at > @since AND"
          " c.type IN ('fact', 'episodic', 'procedural')", ANA | {"since": DAY_3},
          ["fact_tea", "fact_cat", "fact_flight", "ep_garden"]),
    Shape("profile from summaries", "memories_summaries",
          f"SELECT * FROM c WHERE {OWN} AND c.type = 'thread_summary'", ANA,
          ["summary_ana_t1", "summary_ana_t2"]),
    Shape("memories by id", "memories",
          f"SELECT * FROM c WHERE {OWN} AND c.type = @memory_type AND c.id IN (@id0, @id1) AND "
          + ACTIVE, ANA | {"memory_type": "fact", "id0": "fact_tea", "id1": "fact_coffee"},
          ["fact_tea"]),
]  # fmt: skip

BEFORE = [
    Shape("b1: hashes of the newest facts", "memories",
          f"SELECT TOP 100 * FROM c WHERE {OWN} AND c.type IN (@mtype0) AND {ACTIVE}"
          " ORDER BY c._ts DESC",
          ANA | {"mtype0": "fact"}, ["fact_tea", "fact_cat", "fact_flight"]),
    Shape("b1: procedures from lessons", "memories",
          f"SELECT TOP 50 * FROM c WHERE c.user_id = @uid AND c.type = @type AND {ACTIVE} AND"
          " IS_DEFINED(c.metadata.lesson) AND c.metadata.lesson != null ORDER BY c.created_at ASC",
          {"uid": "ana", "type": "episodic"}, []),
]  # fmt: skip

SHAPES = SEARCHES + READS + PIPELINE + BEFORE

# In b1 the containers have the composite index that this needs; in b2 they have not.
BY_SALIENCE = (
    "SELECT TOP 50 * FROM c WHERE c.user_id = @uid AND c.type = @type"
    " ORDER BY c.salience DESC, c.created_at ASC, c.id ASC"
)
NEAREST = (
    f"SELECT TOP 5 c AS doc, VectorDistance(c.embedding, @vec) AS score FROM c WHERE {OWN} AND"
    " c.type = 'fact' AND IS_DEFINED(c.embedding) ORDER BY VectorDistance(c.embedding, @vec)"
)
PROMPT = (
    f"SELECT TOP 1 c.content, c.version FROM c WHERE {OWN} AND c.thread_id = @thread_id AND"
    f" c.type = @type AND {ACTIVE} ORDER BY c.version DESC"
)
TAGS = "SELECT VALUE c.tags FROM c WHERE c.user_id = @user_id AND ARRAY_LENGTH(c.tags) > 0"
