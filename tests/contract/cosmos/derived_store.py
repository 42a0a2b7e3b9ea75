"""A store as the app leaves it: two users' facts, episodes, procedures and summaries."""

from azure.cosmos import DatabaseProxy

from tests.contract.cosmos.derived_documents import (
    Document,
    episode,
    fact,
    procedure,
    superseded,
    thread_summary,
    user_summary,
)

JULY = [f"2026-07-0{day}T10:00:00+00:00" for day in range(1, 7)]


def fill_store(database: DatabaseProxy) -> None:
    memories: list[Document] = [
        fact("fact_tea", "ana", "t1", "Ana drinks tea.", tags=["topic:drinks"],
             created_at=JULY[3], salience=0.9),
        superseded(fact("fact_coffee", "ana", "t1", "Ana drinks coffee.", tags=["topic:old"],
                        created_at=JULY[1]), "fact_tea", JULY[3]),
        superseded(fact("fact_water", "ana", "t1", "Ana drinks nothing hot.",
                        created_at=JULY[0]), "fact_coffee", JULY[1]),
        fact("fact_cat", "ana", "t2", "Ana has a cat.", tags=["topic:pets", "topic:home"],
             created_at=JULY[4], salience=0.4, confidence=0.5),
        fact("fact_flight", "ana", "t2", "The agent booked a flight.", role="agent",
             tags=["sys:agent-fact", "topic:travel"], created_at=JULY[5], salience=0.7),
        fact("fact_bob", "bob", "t1", "Bob drinks tea.", created_at=JULY[2]),
        episode("ep_report", "ana", "t1", "Ana wrote a report.", created_at=JULY[2]),
        episode("ep_garden", "ana", "t2", "Ana dug the garden.", created_at=JULY[3], salience=0.1),
        procedure("proc_ask", "ana", "Ask", "delete"),
        procedure("proc_try", "ana", "Try", "delete report", status="candidate"),
        procedure("proc_write", "ana", "Write", "report", procedure_kind="workflow",
                  scope_type="project", scope_value="apollo"),
        {"id": "episode_cursor_ana_t1", "type": "episode_cursor", "user_id": "ana",
         "thread_id": "t1", "last_episode_at": JULY[2], "last_episode_id": "x"},
    ]  # fmt: skip
    summaries = [
        thread_summary("ana", "t1", "A talk about tea.", tags=["sys:summary", "topic:drinks"]),
        thread_summary("ana", "t2", "A talk about a cat."),
        user_summary("ana", "Ana drinks tea and has a cat."),
    ]
    for name, documents in (("memories", memories), ("memories_summaries", summaries)):
        for document in documents:
            database.get_container_client(name).create_item(document)
