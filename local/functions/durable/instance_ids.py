"""Which instance ids the Durable extension accepts (DurableClient.cs, ValidateInstanceId)."""

import re

_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_MAX_LENGTH = 256


def find_fault(instance_id: str) -> str | None:
    """Say what is wrong with an instance id, or None when it may be used."""
    if instance_id.startswith("@"):
        return "Instance IDs must not start with '@': those are entities."
    if len(instance_id) > _MAX_LENGTH:
        return (
            f"Instance IDs must not exceed {_MAX_LENGTH} characters; this has {len(instance_id)}."
        )
    found = _FORBIDDEN.search(instance_id)
    if found:
        return (
            "Instance IDs must not contain /, \\, #, ? or control characters; "
            f"this has U+{ord(found[0]):04X}."
        )
    return None
