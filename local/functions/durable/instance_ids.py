"""Which instance ids the Durable extension accepts (DurableClient.cs, ValidateInstanceId)."""

_FORBIDDEN = frozenset("/\\#?")
_MAX_LENGTH = 256


def find_fault(instance_id: str) -> str | None:
    """Say what is wrong with an instance id, or None when it may be used."""
    if instance_id.startswith("@"):
        return "Instance IDs must not start with '@': those are entities."
    if len(instance_id) > _MAX_LENGTH:
        return (
            f"Instance IDs must not exceed {_MAX_LENGTH} characters; this has {len(instance_id)}."
        )
    for character in instance_id:
        if character in _FORBIDDEN or ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F:
            return (
                "Instance IDs must not contain /, \\, #, ? or control characters; "
                f"this has U+{ord(character):04X}."
            )
    return None
