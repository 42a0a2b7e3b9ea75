import ast
import inspect
from pathlib import Path

import azure.durable_functions as df

import triggers.change_feed
from shared.settings import Settings
from tests.workflow.hub import Reply, registered_functions
from tests.workflow.scripts import (
    EVERYTHING_PLAN,
    PLAN,
    PROFILE_DUE,
    RETIRE_ONLY,
    THREAD_JOB,
    USER_JOB,
    hub,
)

ROOT = Path(__file__).parents[2]


def trigger_of(name: str) -> str:
    return str(registered_functions()[name].get_trigger().get_dict_repr()["type"])


def functions_triggered_by(trigger: str) -> set[str]:
    """The app's functions with this trigger; Durable Functions registers some of its own."""
    ours = (name for name in registered_functions() if not name.startswith("BuiltIn__"))
    return {name for name in ours if trigger_of(name) == trigger}


async def test_every_activity_is_called_and_every_call_is_of_an_activity() -> None:
    plans: list[Reply] = [RETIRE_ONLY, PLAN]
    thread = hub(plan_thread=plans, commit_thread=PROFILE_DUE)
    user = hub(plan_profile=EVERYTHING_PLAN)
    await thread.run("process_thread", THREAD_JOB)
    await user.run("process_user", USER_JOB)
    backfill = hub()
    await backfill.run("run_backfill", {"backfill_id": "backfill:1"})
    called = {*thread.names(), *user.names(), *backfill.names()}
    assert called == functions_triggered_by("activityTrigger")


async def test_every_orchestrator_is_started_or_called_by_another() -> None:
    thread = hub()
    await thread.run("process_thread", THREAD_JOB)
    called = set(thread.orchestrations)
    started = names_started_in(ROOT / "shared" / "services" / "start_orchestrations.py")
    assert started == {"process_thread", "process_user", "run_backfill"}
    assert called | started == functions_triggered_by("orchestrationTrigger")


def names_started_in(path: Path) -> set[str]:
    """The string literals given to calls of `_start`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {
        argument.value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "_start"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def test_the_triggers_are_those_that_the_deployment_knows() -> None:
    assert functions_triggered_by("cosmosDBTrigger") == {"on_turns_written"}
    assert functions_triggered_by("timerTrigger") == {"sweep"}
    assert {"flush", "status"} <= functions_triggered_by("httpTrigger")


def test_the_trigger_reads_the_feed_as_the_settings_say() -> None:
    given = {
        "COSMOS_DB_ENDPOINT": "http://127.0.0.1:9",
        "AI_FOUNDRY_ENDPOINT": "http://127.0.0.1:9/v1",
        "COSMOS_DB_LEASE_CONTAINER_PREFIX": "staging-",
        "MEMORY_FEED_POLL_SECONDS": "0.25",
        "MEMORY_FEED_BATCH": "50",
        "MEMORY_LEASE_ACQUIRE_SECONDS": "5",
        "MEMORY_LEASE_RENEW_SECONDS": "7",
        "MEMORY_LEASE_EXPIRATION_SECONDS": "30",
    }
    settings = Settings.from_environment(given)
    app = df.DFApp()
    app.register_functions(triggers.change_feed.build_blueprint(settings))
    functions = {each.get_function_name(): each for each in app.get_functions()}
    (binding,) = [
        each
        for each in functions["on_turns_written"].get_bindings_dict()["bindings"]
        if each["type"] == "cosmosDBTrigger"
    ]
    expected = {
        "leaseContainerPrefix": "staging-",
        "feedPollDelay": 250,
        "maxItemsPerInvocation": 50,
        "leaseAcquireInterval": 5000,
        "leaseRenewInterval": 7000,
        "leaseExpirationInterval": 30000,
    }
    assert {name: binding[name] for name in expected} == expected


def test_functions_that_start_orchestrations_have_a_durable_client() -> None:
    for name in ("on_turns_written", "sweep", "flush", "start_user", "read_backfill_page"):
        bindings = registered_functions()[name].get_bindings_dict()["bindings"]
        assert "durableClient" in [binding["type"] for binding in bindings], name


def test_every_trigger_and_activity_is_observed() -> None:
    ours = [name for name in registered_functions() if not name.startswith("BuiltIn__")]
    for name in ours:
        function = registered_functions()[name].get_user_function()
        if trigger_of(name) != "orchestrationTrigger":
            assert "context" in inspect.signature(function).parameters, f"{name} lacks @observed"
