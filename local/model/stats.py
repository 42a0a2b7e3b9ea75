"""What the endpoint was asked for since its start or the last reset."""

from dataclasses import dataclass, field


@dataclass
class SchemaStats:
    """Calls and characters under one JSON schema name."""

    calls: int = 0
    prompt_chars: int = 0
    completion_chars: int = 0


@dataclass
class Stats:
    """Counters behind GET /_stats.

    Every well-formed call counts on arrival, so one that an injected fault then spoils counts too;
    a refused one (no key, bad parameter) does not.
    """

    chat_calls: int = 0
    prompt_chars: int = 0
    embedding_calls: int = 0
    embedded_texts: int = 0
    faults_fired: int = 0
    by_schema: dict[str, SchemaStats] = field(default_factory=dict[str, SchemaStats])

    def record_prompt(self, schema_name: str, characters: int) -> None:
        """Count a chat call; characters are those of all message contents."""
        self.chat_calls += 1
        self.prompt_chars += characters
        entry = self.by_schema.setdefault(schema_name, SchemaStats())
        entry.calls += 1
        entry.prompt_chars += characters

    def record_completion(self, schema_name: str, characters: int) -> None:
        """Count the characters of an answer."""
        self.by_schema.setdefault(schema_name, SchemaStats()).completion_chars += characters

    def record_embeddings(self, texts: int) -> None:
        """Count an embeddings call of that many texts."""
        self.embedding_calls += 1
        self.embedded_texts += texts

    def reset(self) -> None:
        """Set every counter to zero."""
        self.chat_calls = self.prompt_chars = 0
        self.embedding_calls = self.embedded_texts = self.faults_fired = 0
        self.by_schema = {}
