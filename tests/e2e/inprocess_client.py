"""An agent with the public SDK's in-process client; runs in .venv-sdk.

    python inprocess_client.py USER THREAD TEXT...

Addresses are in its environment. It writes each text as a turn of the user. The client counts the
turns in the same counters as the app; its own cadences are set beyond reach, so that it derives
nothing.
"""

import os
import sys

from azure.cosmos.agent_memory import CosmosMemoryClient  # pyright: ignore[reportMissingImports]  # in .venv-sdk only

NEVER = 1_000_000


def main(user_id: str, thread_id: str, texts: list[str]) -> None:
    client = CosmosMemoryClient(
        cosmos_endpoint=os.environ["COSMOS_DB_ENDPOINT"],
        cosmos_key=os.environ["COSMOS_DB_KEY"],
        cosmos_database=os.environ["COSMOS_DB_DATABASE"],
        cosmos_container="memories",
        cosmos_counter_container="counter",
        cosmos_lease_container="leases",
        ai_foundry_endpoint=os.environ["AI_FOUNDRY_ENDPOINT"],
        ai_foundry_api_key=os.environ["AI_FOUNDRY_API_KEY"],
        cadence_thresholds={
            "FACT_EXTRACTION_EVERY_N": 0,
            "DEDUP_EVERY_N": 0,
            "EPISODE_EVAL_EVERY_N": 0,
            "USER_SUMMARY_EVERY_N": 0,
            "THREAD_SUMMARY_EVERY_N": NEVER,
        },
    )
    for text in texts:
        client.upsert_memory(user_id, "user", text, thread_id=thread_id)
    client.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
