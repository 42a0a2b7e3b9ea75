"""The app's settings, host.json, and what bindings make of them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from local.functions.host_json import load_host_options
from local.functions.local_settings import load_settings, read_local_settings
from local.functions.settings import AppSettings, BadSettingsError
from local.functions.triggers.change_feed.connection import (
    NoSuchConnectionError,
    resolve_connection,
)
from local.functions.triggers.change_feed.options import parse_options
from local.functions.worker.functions import Function, FunctionInError, parse_function
from local.functions.worker.messages import RpcFunctionMetadata


def write(path: Path, name: str, content: object) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    (path / name).write_text(text)
    return path


def make_trigger(**binding: Any) -> Function:
    trigger = {"type": "cosmosDBTrigger", "name": "documents", **binding}
    return Function("id", "on_turns", trigger, (), None)


def test_values_of_the_file_go_under_the_environment(tmp_path: Path) -> None:
    write(
        tmp_path, "local.settings.json", {"Values": {"A": "file", "B": "file", "N": 5, "T": True}}
    )
    environment = {"A": "environment"}
    settings = load_settings(read_local_settings(tmp_path), environment)
    assert environment == {"A": "environment", "B": "file", "N": "5", "T": "true"}
    assert settings.get("B") == "file"
    assert settings.get("C") is None


@pytest.mark.parametrize("content", ["{", "[]", {"Values": []}, {"Values": {"A": {}}}])
def test_a_settings_file_that_is_not_one_is_refused(tmp_path: Path, content: object) -> None:
    write(tmp_path, "local.settings.json", content)
    with pytest.raises(BadSettingsError, match=r"local\.settings\.json"):
        read_local_settings(tmp_path)


def test_who_listens_where_is_read_from_the_file(tmp_path: Path) -> None:
    host = {
        "LocalHttpPort": "7075",
        "CORS": "https://a.example/, http://b",
        "CORSCredentials": True,
    }
    read = read_local_settings(write(tmp_path, "local.settings.json", {"Host": host}))
    assert (read.http_port, read.cors_credentials) == (7075, True)
    assert read.cors_origins == ("https://a.example", "http://b")


@pytest.mark.parametrize("port", [0, 65_536, "http", -1, True])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: object) -> None:
    write(tmp_path, "local.settings.json", {"Host": {"LocalHttpPort": port}})
    with pytest.raises(BadSettingsError, match="LocalHttpPort"):
        read_local_settings(tmp_path)


def test_host_json_defaults_are_the_extensions(tmp_path: Path) -> None:
    options = load_host_options(write(tmp_path, "host.json", {"version": "2.0"}))
    per_kind = 10 * (os.cpu_count() or 1)
    assert (options.route_prefix, options.hub_name) == ("api", "TestHubName")
    assert (options.max_activities, options.max_orchestrators) == (per_kind, per_kind)


def test_settings_stand_above_host_json_and_fill_its_hub_name(tmp_path: Path) -> None:
    content = {"version": "2.0", "extensions": {"durableTask": {"hubName": "%HUB%"}}}
    prefix = "AzureFunctionsJobHost__"
    settings = {
        "HUB": "mine",
        f"{prefix}functionTimeout": "00:01:30",
        f"{prefix}extensions__durableTask__maxConcurrentActivityFunctions": "4",
        f"{prefix}logging__logLevel__Host.Results": "Information",
    }
    options = load_host_options(write(tmp_path, "host.json", content), AppSettings(settings))
    assert (options.hub_name, options.function_timeout, options.max_activities) == ("mine", 90, 4)
    assert options.log_levels == {"Host.Results": "Information"}
    with pytest.raises(BadSettingsError, match="HUB"):
        load_host_options(tmp_path, AppSettings({}))


@pytest.mark.parametrize(("given", "seconds"), [(None, 1800), (-1, None), ("-1", None)])
def test_a_function_may_run_half_an_hour_unless_host_json_says_otherwise(
    tmp_path: Path, given: object, seconds: float | None
) -> None:
    content = {"version": "2.0", "functionTimeout": given}
    assert load_host_options(write(tmp_path, "host.json", content)).function_timeout == seconds


def test_host_json_says_prefix_hub_and_limits(tmp_path: Path) -> None:
    content = {
        "version": "2.0",
        "extensions": {
            "http": {"routePrefix": ""},
            "durableTask": {"hubName": "h", "maxConcurrentActivityFunctions": 3},
        },
    }
    options = load_host_options(write(tmp_path, "host.json", content))
    assert (options.route_prefix, options.hub_name, options.max_activities) == ("", "h", 3)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "version"),
        ({"version": "2.0", "extensions": []}, "extensions"),
        ({"version": "2.0", "functionTimeout": "00:00:00"}, "functionTimeout"),
        ({"version": "2.0", "functions": "one"}, "functions"),
        ({"version": "2.0", "logging": {"logLevel": {"default": 3}}}, "default"),
        ({"version": "2.0", "extensions": {"http": {"routePrefix": 1}}}, "routePrefix"),
        (
            {
                "version": "2.0",
                "extensions": {"durableTask": {"maxConcurrentActivityFunctions": 0}},
            },
            "maxConcurrentActivityFunctions",
        ),
    ],
)
def test_a_bad_host_json_is_refused_by_name(tmp_path: Path, content: object, named: str) -> None:
    with pytest.raises(BadSettingsError, match=named):
        load_host_options(write(tmp_path, "host.json", content))


def test_every_string_of_a_binding_is_expanded() -> None:
    binding = {"type": "timerTrigger", "name": "t", "schedule": "%A% %B% * * * *", "n": 1}
    metadata = RpcFunctionMetadata(name="f", raw_bindings=[json.dumps(binding)])
    function = parse_function(metadata, AppSettings({"A": "0", "B": "5"}))
    assert function.trigger["schedule"] == "0 5 * * * *"
    with pytest.raises(FunctionInError, match="app setting B"):
        parse_function(metadata, AppSettings({"A": "0"}))


def test_a_connection_is_a_string_or_an_endpoint() -> None:
    text = "AccountEndpoint=http://localhost:1/;AccountKey=a2V5PT0=;"
    by_string = resolve_connection(AppSettings({"DB": text}), "DB")
    assert (by_string.endpoint, by_string.key) == ("http://localhost:1/", "a2V5PT0=")
    by_name = {"DB__accountEndpoint": "https://x/"}
    assert resolve_connection(AppSettings(by_name), "DB").key is None
    with_key = {**by_name, "DB__accountKey": "k"}
    assert resolve_connection(AppSettings(with_key), "DB").key == "k"


@pytest.mark.parametrize("settings", [{}, {"DB": "not a connection string"}])
def test_a_connection_that_is_not_set_is_named(settings: dict[str, str]) -> None:
    with pytest.raises(NoSuchConnectionError, match="DB"):
        resolve_connection(AppSettings(settings), "DB")


def test_a_key_is_never_shown() -> None:
    settings = AppSettings({"DB__accountEndpoint": "https://x/", "DB__accountKey": "secret"})
    assert "secret" not in repr(resolve_connection(settings, "DB"))


def test_a_trigger_without_options_has_the_extensions_defaults() -> None:
    options = parse_options(make_trigger(connection="C", databaseName="d", containerName="c"))
    assert (options.max_items, options.poll_delay, options.start) == (100, 5.0, "Now")
    assert (options.leases.container, options.leases.database) == ("leases", "d")
    assert (options.renew_interval, options.expiration_interval) == (17.0, 60.0)
    assert options.create_lease_container is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"containerName": ""},
        {"maxItemsPerInvocation": 0},
        {"feedPollDelay": "soon"},
        {"startFromTime": "yesterday"},
    ],
)
def test_a_trigger_option_that_is_wrong_is_named(wrong: dict[str, Any]) -> None:
    binding = {"connection": "C", "databaseName": "d", "containerName": "c", **wrong}
    with pytest.raises(FunctionInError, match=next(iter(wrong))):
        parse_options(make_trigger(**binding))
