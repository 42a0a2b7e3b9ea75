"""The settings that the app gets from the stack, and the file that tells them to other programs.

Names and meanings are those of the app's documented settings. Whatever says where something is
always points at this stack; whatever says how to work is only a default that the caller's own
environment overrides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from local.stack.data_folder import Keys
from local.stack.errors import StackError
from local.stack.identity import OTHER_IDENTITIES
from local.stack.ports import LOOPBACK, Ports
from local.stack.trust import Trust

DATABASE = "ai_memory"
DEFAULTS = {
    "AI_FOUNDRY_CHAT_DEPLOYMENT_NAME": "stand-in-chat",
    "AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME": "stand-in-embedding",
    "AI_FOUNDRY_EMBEDDING_DIMENSIONS": "1536",
    "MEMORY_PROCESSOR_OWNER": "durable",
    # People watch: tails are flushed and lost work is found within seconds, not minutes.
    "MEMORY_IDLE_FLUSH_SECONDS": "3",
    "MEMORY_SWEEP_SCHEDULE": "*/2 * * * * *",
    "MEMORY_SCAN_GRACE_SECONDS": "5",
    "MEMORY_SCAN_OVERLAP_SECONDS": "60",
    "MEMORY_STALE_SECONDS": "3",
    "MEMORY_RETRY_FIRST_SECONDS": "0.5",
    "MEMORY_DEFER_SECONDS": "5",
    # The sample conversations name their speakers there.
    "AGENT_MEMORY_TRANSCRIPT_METADATA_KEYS": "speaker",
}
EXPORTED = (
    "COSMOS_DB_ENDPOINT",
    "COSMOS_DB_KEY",
    "COSMOS_DB_DATABASE",
    "AI_FOUNDRY_ENDPOINT",
    "AI_FOUNDRY_API_KEY",
    "AI_FOUNDRY_CHAT_DEPLOYMENT_NAME",
    "AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME",
    "AI_FOUNDRY_EMBEDDING_DIMENSIONS",
)


@dataclass(frozen=True)
class Addresses:
    """Where the servers of a running stack listen, with the keys they ask for.

    With a trust, Cosmos DB is reached over https.
    """

    cosmos: str
    cosmos_key: str
    functions: str
    model: str
    model_key: str
    trust: Trust | None = None

    @property
    def functions_host(self) -> str:
        """The Functions host itself, without the app's route prefix."""
        return self.functions.removesuffix("/api")

    @property
    def model_host(self) -> str:
        """The model server itself, without the API's version."""
        return self.model.removesuffix("/v1")


def addresses_of(ports: Ports, keys: Keys, trust: Trust | None = None) -> Addresses:
    """The addresses that servers on these ports have."""
    return Addresses(
        cosmos=f"{'https' if trust else 'http'}://{LOOPBACK}:{ports.cosmos}",
        cosmos_key=keys.cosmos,
        functions=f"http://{LOOPBACK}:{ports.functions}/api",
        model=f"http://{LOOPBACK}:{ports.model}/v1",
        model_key=keys.model,
        trust=trust,
    )


def app_environment(
    addresses: Addresses, caller: Mapping[str, str], identity: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The whole environment of the Functions host's process; with an identity, one without keys.

    Every Cosmos DB setting of the caller is left out, so that a shell that is set up for a real
    account can never make the local app write to it.
    """
    inherited = {name: value for name, value in caller.items() if not name.startswith("COSMOS_DB")}
    environment = (
        DEFAULTS
        | inherited
        | {
            "COSMOS_DB_ENDPOINT": addresses.cosmos,
            "COSMOS_DB_KEY": addresses.cosmos_key,
            "COSMOS_DB_DATABASE": DATABASE,
            "COSMOS_DB_TURNS_CONTAINER": "memories_turns",
            "COSMOS_DB_LEASE_CONTAINER": "leases",
            "COSMOS_DB": f"AccountEndpoint={addresses.cosmos};AccountKey={addresses.cosmos_key};",
            "AI_FOUNDRY_ENDPOINT": addresses.model,
            "AI_FOUNDRY_API_KEY": addresses.model_key,
        }
        | (addresses.trust.variables() if addresses.trust else {})
    )
    return environment if identity is None else _replace_keys(environment, identity)


def _replace_keys(environment: dict[str, str], identity: Mapping[str, str]) -> dict[str, str]:
    """The same without keys, and no way to an identity of the caller's."""
    for name in OTHER_IDENTITIES:
        environment.pop(name, None)
    # Empty counts as unset, and takes from the shell that reads the address file what it had.
    without = dict.fromkeys(("COSMOS_DB", "COSMOS_DB_KEY", "AI_FOUNDRY_API_KEY"), "")
    endpoint = {"COSMOS_DB__accountEndpoint": environment["COSMOS_DB_ENDPOINT"]}
    return environment | without | endpoint | dict(identity)


def embedding_dimensions(environment: Mapping[str, str]) -> int:
    """The length of the vectors that app and containers agree on.

    Raises StackError when the setting is not a positive number.
    """
    name = "AI_FOUNDRY_EMBEDDING_DIMENSIONS"
    text = environment.get(name, DEFAULTS[name])
    if not text.isdecimal() or int(text) == 0:
        raise StackError(f"{name} must be a whole number above 0, not {text!r}", 2)
    return int(text)


def env_file_text(
    environment: Mapping[str, str],
    addresses: Addresses,
    identity: Mapping[str, str] | None = None,
) -> str:
    """Lines for a shell to source: where everything is, and the keys or the identity."""
    exported = {name: environment[name] for name in EXPORTED}
    exported["MEMORY_FUNCTIONS_URL"] = addresses.functions
    if addresses.trust:
        exported |= addresses.trust.variables()
    exported |= identity or {}
    return "".join(f"export {name}={_quote(value)}\n" for name, value in exported.items())


def _quote(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
