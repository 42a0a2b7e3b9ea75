import subprocess

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


@pytest.mark.parametrize("value", ["0", "-3", "many", ""])
def test_a_vector_length_that_is_no_positive_number_is_refused_by_name(value: str) -> None:
    with pytest.raises(StackError, match="AI_FOUNDRY_EMBEDDING_DIMENSIONS"):
        embedding_dimensions({"AI_FOUNDRY_EMBEDDING_DIMENSIONS": value})
    assert embedding_dimensions({}) == 1536
