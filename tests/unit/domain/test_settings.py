from typing import Any

import pytest

from shared.settings import Settings, SettingsError

NEEDED = {
    "COSMOS_DB_ENDPOINT": "http://127.0.0.1:1",
    "AI_FOUNDRY_ENDPOINT": "http://127.0.0.1:2/v1",
}


def test_two_endpoints_are_all_that_must_be_set() -> None:
    settings = Settings.from_environment(NEEDED)
    assert settings.cosmos_key is None
    assert settings.database == "ai_memory"
    assert settings.turns_container == "memories_turns"
    assert settings.counters_container == "counter"
    assert (settings.extract_every, settings.summarize_every, settings.profile_every) == (5, 10, 20)
    assert (settings.idle_flush_seconds, settings.idle_summary_seconds) == (20, 3600)
    assert settings.embedding_dimensions == 1536
    assert settings.owner is None
    assert settings.transcript_metadata_keys == ()


def test_the_connection_that_the_trigger_reads_names_the_endpoint_too() -> None:
    given = {**NEEDED, "COSMOS_DB_ENDPOINT": "", "COSMOS_DB__accountEndpoint": "http://other"}
    assert Settings.from_environment(given).cosmos_endpoint == "http://other"
    both = {**NEEDED, "COSMOS_DB__accountEndpoint": "http://other"}
    assert Settings.from_environment(both).cosmos_endpoint == NEEDED["COSMOS_DB_ENDPOINT"]


def test_one_message_names_every_bad_variable() -> None:
    bad = {
        "AI_FOUNDRY_EMBEDDING_DIMENSIONS": "many",
        "FACT_EXTRACTION_EVERY_N": "-1",
        "THREAD_SUMMARY_EVERY_N": "ten",
        "MEMORY_PROCESSOR_OWNER": "somebody",
        "MEMORY_IDLE_FLUSH_SECONDS": "-0.5",
        "MEMORY_RETRY_ATTEMPTS": "0",
        "MEMORY_KNOWN_FACTS": "101",
        "MEMORY_STALE_SECONDS": "nan",
        "MEMORY_SCAN_GRACE_SECONDS": "inf",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(bad)
    message = str(caught.value)
    for name in [*bad, *NEEDED]:
        assert f"  {name}: " in message
    assert "'many'" in message
    assert "'somebody'" in message


def test_no_message_shows_a_secret_or_an_endpoint() -> None:
    given = {
        "COSMOS_DB_KEY": "key-of-the-account",
        "AI_FOUNDRY_API_KEY": "key-of-the-model",
        "AI_FOUNDRY_ENDPOINT": "http://user:password@host",
        "FACT_EXTRACTION_EVERY_N": "often",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(given)
    message = str(caught.value)
    assert "COSMOS_DB_ENDPOINT" in message
    assert "FACT_EXTRACTION_EVERY_N" in message
    for secret in ("key-of-the-account", "key-of-the-model", "password"):
        assert secret not in message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        ("durable", "durable"),
        (" Durable ", "durable"),
        ("INPROCESS", "inprocess"),
        ("", None),
        (" ", None),
    ],
)
def test_the_owner_is_read_without_regard_to_case_and_blanks(value: str, owner: Any) -> None:
    given = {**NEEDED, "MEMORY_PROCESSOR_OWNER": value}
    assert Settings.from_environment(given).owner == owner


def test_an_unknown_owner_stops_the_start_with_the_name_of_the_variable() -> None:
    with pytest.raises(SettingsError, match=r"MEMORY_PROCESSOR_OWNER.*'function'"):
        Settings.from_environment({**NEEDED, "MEMORY_PROCESSOR_OWNER": "function"})


@pytest.mark.parametrize(
    "name",
    [
        "FACT_EXTRACTION_EVERY_N",
        "THREAD_SUMMARY_EVERY_N",
        "USER_SUMMARY_EVERY_N",
        "MEMORY_IDLE_FLUSH_SECONDS",
        "MEMORY_IDLE_SUMMARY_SECONDS",
        "MEMORY_KNOWN_FACTS",
    ],
)
def test_zero_switches_a_step_off_and_is_no_error(name: str) -> None:
    settings = Settings.from_environment({**NEEDED, name: "0"})
    field = next(n for n, f in Settings.model_fields.items() if f.alias == name)
    assert getattr(settings, field) == 0


def test_an_empty_value_counts_as_unset() -> None:
    assert Settings.from_environment({**NEEDED, "FACT_EXTRACTION_EVERY_N": ""}).extract_every == 5


def test_a_list_is_split_at_its_commas() -> None:
    given = {**NEEDED, "AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS": " speaker, topic,, "}
    assert Settings.from_environment(given).transcript_metadata_keys == ("speaker", "topic")


def test_a_variable_that_happens_to_have_the_name_of_a_field_is_no_setting() -> None:
    given = {**NEEDED, "owner": "root", "database": "postgres", "extract_every": "x"}
    settings = Settings.from_environment(given)
    assert (settings.owner, settings.database, settings.extract_every) == (None, "ai_memory", 5)


def test_every_setting_has_the_name_of_a_variable() -> None:
    aliases = [field.alias for field in Settings.model_fields.values()]
    assert None not in aliases
    assert len(set(aliases)) == len(aliases)


def test_a_lease_that_expires_before_it_is_renewed_is_refused() -> None:
    given = {**NEEDED, "MEMORY_LEASE_EXPIRATION_SECONDS": "17"}
    with pytest.raises(SettingsError, match="MEMORY_LEASE_EXPIRATION_SECONDS must be above"):
        Settings.from_environment(given)
    assert Settings.from_environment(given | {"MEMORY_LEASE_RENEW_SECONDS": "16.5"})


@pytest.mark.parametrize("prefix", ["a/b", "a#", "a b", "x" * 65])
def test_a_lease_prefix_that_no_document_id_can_begin_with_is_refused(prefix: str) -> None:
    with pytest.raises(SettingsError, match="COSMOS_DB_LEASE_CONTAINER_PREFIX"):
        Settings.from_environment({**NEEDED, "COSMOS_DB_LEASE_CONTAINER_PREFIX": prefix})
