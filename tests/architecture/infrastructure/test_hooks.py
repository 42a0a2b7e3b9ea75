"""The hooks of azure.yaml, run by a POSIX shell."""

import json
import os
import re
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from shared.settings import Settings
from tests.architecture.project_files import ROOT, read

OUTPUTS = {
    "COSMOS_DB_ENDPOINT": "https://cosmos.example:443/",
    "COSMOS_DB_DATABASE": "ai_memory",
    "COSMOS_DB_TURNS_CONTAINER": 'turns "quoted" \\ and all',
    "COSMOS_DB_MEMORIES_CONTAINER": "memories",
    "COSMOS_DB_SUMMARIES_CONTAINER": "memories_summaries",
    "COSMOS_DB_COUNTERS_CONTAINER": "counter",
    "COSMOS_DB_LEASE_CONTAINER": "leases",
    "AI_FOUNDRY_ENDPOINT": "https://model.example/",
    "AI_FOUNDRY_CHAT_DEPLOYMENT_NAME": "chat",
    "AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME": "embedding",
    "AI_FOUNDRY_EMBEDDING_DIMENSIONS": "1536",
    "MEMORY_SWEEP_SCHEDULE": "*/30 * * * * *",
}


def run_hook(name: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(ROOT / "infra" / "hooks" / f"{name}.sh")],
        cwd=folder,
        env={"PATH": f"{folder}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_local_settings_are_written_for_func_start(tmp_path: Path) -> None:
    result = run_hook("postprovision", tmp_path, **OUTPUTS)
    assert result.returncode == 0, result.stderr
    document = json.loads((tmp_path / "local.settings.json").read_text("utf-8"))
    assert document["IsEncrypted"] is False
    values = document["Values"]
    assert {name: values[name] for name in OUTPUTS} == OUTPUTS
    assert values["COSMOS_DB__accountEndpoint"] == OUTPUTS["COSMOS_DB_ENDPOINT"]
    assert values["COSMOS_DB_LEASE_CONTAINER_PREFIX"] == "local-"
    assert Settings.from_environment(values).turns_container == OUTPUTS["COSMOS_DB_TURNS_CONTAINER"]
    assert "azd deploy" in result.stdout


def test_every_value_of_the_hook_is_an_output_of_the_template() -> None:
    template = read("infra/main.bicep")
    assert not [name for name in OUTPUTS if f"output {name} string" not in template]


def test_local_settings_that_are_there_stay_unless_asked(tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text("mine", encoding="utf-8")
    assert "stays as it is" in run_hook("postprovision", tmp_path, **OUTPUTS).stdout
    assert file.read_text("utf-8") == "mine"
    run_hook("postprovision", tmp_path, **OUTPUTS, OVERWRITE_LOCAL_SETTINGS="true")
    assert json.loads(file.read_text("utf-8"))["Values"]


def test_a_missing_output_stops_the_hook_and_leaves_no_half_file(tmp_path: Path) -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != "AI_FOUNDRY_ENDPOINT"}
    result = run_hook("postprovision", tmp_path, **outputs)
    assert result.returncode != 0
    assert "AI_FOUNDRY_ENDPOINT" in result.stderr
    assert not (tmp_path / "local.settings.json").exists()


def test_after_a_preview_there_is_nothing_to_write(tmp_path: Path) -> None:
    result = run_hook("postprovision", tmp_path)
    assert (result.returncode, list(tmp_path.iterdir())) == (0, [])


def test_both_shells_write_the_same_settings() -> None:
    posix, windows = (read(f"infra/hooks/postprovision.{kind}") for kind in ("sh", "ps1"))
    loop = posix.partition("for name in ")[2].partition("; do")[0]
    names = windows.partition("$names = @(")[2].partition(")")[0]
    assert set(re.findall(r"\w+", loop)) == set(re.findall(r"\w+", names))
    own = dict(re.findall(r"^    setting ([A-Za-z_]+) (\S+)$", posix, re.MULTILINE))
    assert own
    for name, value in own.items():
        bare = re.escape(value.strip('"').removeprefix("$"))
        assert re.search(rf"\b{name}\s+= (?:'|\$env:){bare}'?$", windows, re.MULTILINE), name


def test_without_an_app_nothing_is_left_to_deploy(tmp_path: Path) -> None:
    result = run_hook("postprovision", tmp_path, **OUTPUTS, DEPLOY_FUNCTION_APP="false")
    assert "there is no app to deploy" in result.stdout


def test_the_developers_address_is_not_asked_for_by_itself(tmp_path: Path) -> None:
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    result = run_hook("preprovision", tmp_path, ADDRESS_SERVICE="http://127.0.0.1:1/")
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [("203.0.113.7", True), ("2001:db8::7", False), ("<html>", False), ("1.2.3.4.5", False)],
)
def test_the_developers_address_is_kept_when_asked_for(
    tmp_path: Path, answer: str, accepted: bool
) -> None:
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    azd = tmp_path / "azd"
    azd.write_text('#!/bin/sh\nprintf "%s " "$@" >azd.called\n', encoding="utf-8")
    azd.chmod(0o755)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        result = run_hook(
            "preprovision",
            tmp_path,
            DEVELOPER_IP_ADDRESS="auto",
            ADDRESS_SERVICE=f"http://127.0.0.1:{server.server_port}/",
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    called = (
        (tmp_path / "azd.called").read_text("utf-8") if (tmp_path / "azd.called").exists() else ""
    )
    assert (result.returncode == 0) is accepted
    assert called == (f"env set DEVELOPER_IP_ADDRESS {answer} " if accepted else "")


def test_an_unusual_pair_of_package_and_bundle_is_pointed_out(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("azure-functions-durable==2.0.0rc3 \\\n", encoding="utf-8")
    assert "preview bundle" in run_hook("preprovision", tmp_path, EXTENSION_BUNDLE="stable").stdout
    requirements.write_text("azure-functions-durable==1.7.0 \\\n", encoding="utf-8")
    assert run_hook("preprovision", tmp_path, EXTENSION_BUNDLE="stable").stdout == ""


def test_after_a_deployment_the_next_step_is_printed(tmp_path: Path) -> None:
    result = run_hook("postdeploy", tmp_path, SERVICE_PROCESSOR_URL="https://app.example")
    assert "https://app.example/api/status" in result.stdout


@pytest.mark.parametrize("name", ["EXISTING_COSMOS_ACCOUNT_NAME", "EXISTING_MODEL_ACCOUNT_NAME"])
def test_azd_down_is_stopped_where_it_would_delete_the_group_of_an_account_of_yours(
    tmp_path: Path, name: str
) -> None:
    result = run_hook("predown", tmp_path, AZURE_RESOURCE_GROUP="rg-app", **{name: "mine"})
    assert result.returncode == 1
    assert "mine" in result.stderr
    assert "az group delete --name rg-app" in result.stderr
    assert run_hook("predown", tmp_path, AZURE_RESOURCE_GROUP="rg-app").returncode == 0


def test_a_second_region_is_for_autoscale_only(tmp_path: Path) -> None:
    given = {"COSMOS_SECONDARY_LOCATION": "northeurope"}
    refused = run_hook("preprovision", tmp_path, **given)
    assert refused.returncode == 1
    assert "COSMOS_CAPACITY_MODE" in refused.stderr
    given["COSMOS_CAPACITY_MODE"] = "autoscale"
    assert run_hook("preprovision", tmp_path, **given).returncode == 0


def test_a_key_without_an_endpoint_is_no_model(tmp_path: Path) -> None:
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    assert run_hook("preprovision", tmp_path, MODEL_KEY="secret").returncode == 1
    given = {"MODEL_KEY": "secret", "MODEL_ENDPOINT": "https://model.example/v1"}
    result = run_hook("preprovision", tmp_path, **given)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_private_option_names_the_provider_that_it_needs(tmp_path: Path) -> None:
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    assert "Microsoft.App" in run_hook("preprovision", tmp_path, VNET_ENABLED="true").stdout


@pytest.mark.parametrize("name", ["preprovision", "postprovision", "predown", "postdeploy"])
def test_both_shells_read_the_same_variables(name: str) -> None:
    posix, windows = (read(f"infra/hooks/{name}.{kind}") for kind in ("sh", "ps1"))
    variable = re.compile(r"\b(?:[A-Z]+_)+[A-Z]+\b")
    # What the shells call their own has small letters.
    assert set(variable.findall(posix)) == set(variable.findall(windows))
