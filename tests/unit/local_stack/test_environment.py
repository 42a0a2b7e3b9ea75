import subprocess
from pathlib import Path

import pytest

from local.stack.data_folder import Keys
from local.stack.environment import (
    Addresses,
    addresses_of,
    app_environment,
    embedding_dimensions,
    env_file_text,
)
from local.stack.errors import StackError
from local.stack.ports import Ports
from local.stack.trust import Trust


@pytest.fixture
def addresses() -> Addresses:
    return addresses_of(Ports(1001, 1002, 1003), Keys(cosmos="a2V5", model="it's"))


def test_a_shell_that_is_set_up_for_a_real_account_cannot_redirect_the_app(
    addresses: Addresses,
) -> None:
    caller = {
        "COSMOS_DB_ENDPOINT": "real",
        "COSMOS_DB__accountEndpoint": "real",
        "COSMOS_DB_TURNS_CONTAINER": "real",
        "AI_FOUNDRY_ENDPOINT": "real",
        "AI_FOUNDRY_API_KEY": "real",
    }
    environment = app_environment(addresses, caller)
    assert "real" not in environment.values()
    assert environment["COSMOS_DB_ENDPOINT"] == "http://127.0.0.1:1001"
    assert environment["COSMOS_DB"] == "AccountEndpoint=http://127.0.0.1:1001;AccountKey=a2V5;"
    assert environment["AI_FOUNDRY_ENDPOINT"] == "http://127.0.0.1:1003/v1"


def test_the_caller_overrides_how_the_app_works(addresses: Addresses) -> None:
    caller = {"FACT_EXTRACTION_EVERY_N": "1", "MEMORY_IDLE_FLUSH_SECONDS": "60"}
    environment = app_environment(addresses, caller)
    assert environment["FACT_EXTRACTION_EVERY_N"] == "1"
    assert environment["MEMORY_IDLE_FLUSH_SECONDS"] == "60"
    assert app_environment(addresses, {})["MEMORY_IDLE_FLUSH_SECONDS"] == "3"


def test_a_shell_reads_the_address_file_back_exactly(addresses: Addresses) -> None:
    text = env_file_text(app_environment(addresses, {}), addresses)
    script = text + 'printf "%s|" "$COSMOS_DB_KEY" "$AI_FOUNDRY_API_KEY" "$MEMORY_FUNCTIONS_URL"'
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shell.stdout == "a2V5|it's|http://127.0.0.1:1002/api|"
    assert [line.split("=")[0].removeprefix("export ") for line in text.splitlines()] == [
        "COSMOS_DB_ENDPOINT",
        "COSMOS_DB_KEY",
        "COSMOS_DB_DATABASE",
        "AI_FOUNDRY_ENDPOINT",
        "AI_FOUNDRY_API_KEY",
        "AI_FOUNDRY_CHAT_DEPLOYMENT_NAME",
        "AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME",
        "AI_FOUNDRY_EMBEDDING_DIMENSIONS",
        "MEMORY_FUNCTIONS_URL",
    ]


def test_over_https_programs_are_told_what_to_trust(tmp_path: Path) -> None:
    trust = Trust(authority=tmp_path / "ca.pem", bundle=tmp_path / "it's a bundle.pem")
    addresses = addresses_of(Ports(1001, 1002, 1003), Keys(cosmos="a2V5", model="m"), trust)
    environment = app_environment(addresses, {"SSL_CERT_FILE": "the caller's"})
    assert environment["COSMOS_DB_ENDPOINT"] == "https://127.0.0.1:1001"
    assert environment["COSMOS_DB"].startswith("AccountEndpoint=https://127.0.0.1:1001;")
    assert environment["REQUESTS_CA_BUNDLE"] == environment["SSL_CERT_FILE"] == str(trust.bundle)
    script = env_file_text(environment, addresses)
    script += 'printf "%s|" "$COSMOS_DB_ENDPOINT" "$REQUESTS_CA_BUNDLE" "$SSL_CERT_FILE"'
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert shell.stdout == f"https://127.0.0.1:1001|{trust.bundle}|{trust.bundle}|"


def test_over_http_what_programs_trust_is_the_callers_affair(addresses: Addresses) -> None:
    caller = {"SSL_CERT_FILE": "the caller's"}
    environment = app_environment(addresses, caller)
    assert environment["SSL_CERT_FILE"] == "the caller's"
    assert "REQUESTS_CA_BUNDLE" not in environment
    assert "SSL_CERT_FILE" not in env_file_text(environment, addresses)


def test_with_an_identity_the_app_has_no_key_and_no_other_identity(addresses: Addresses) -> None:
    caller = {
        "COSMOS_DB_KEY": "real",
        "AI_FOUNDRY_API_KEY": "real",
        "AZURE_CLIENT_ID": "real",
        "MSI_ENDPOINT": "real",
        "IDENTITY_ENDPOINT": "real",
    }
    identity = {"IDENTITY_ENDPOINT": "here", "IDENTITY_HEADER": "it's a secret"}
    environment = app_environment(addresses, caller, identity)
    assert "real" not in environment.values()
    assert addresses.cosmos_key not in "".join(environment.values())
    assert addresses.model_key not in environment.values()
    # Present but empty: the address file takes away what the shell had.
    for name in ("COSMOS_DB", "COSMOS_DB_KEY", "AI_FOUNDRY_API_KEY"):
        assert environment[name] == ""
    assert environment["COSMOS_DB__accountEndpoint"] == addresses.cosmos

    script = env_file_text(environment, addresses, identity)
    script += 'printf "%s|" "$COSMOS_DB_KEY" "$AI_FOUNDRY_API_KEY" "$IDENTITY_HEADER"'
    shell = subprocess.run(
        ["sh", "-c", script], env=caller, capture_output=True, text=True, check=True
    )
    assert shell.stdout == "||it's a secret|"


@pytest.mark.parametrize("value", ["0", "-3", "many", ""])
def test_a_vector_length_that_is_no_positive_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(StackError, match="AI_FOUNDRY_EMBEDDING_DIMENSIONS"):
        embedding_dimensions({"AI_FOUNDRY_EMBEDDING_DIMENSIONS": value})
    assert embedding_dimensions({}) == 1536
