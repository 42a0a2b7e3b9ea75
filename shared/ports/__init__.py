"""What the services need of the outside world, as small Protocols with their promises.

Every method raises TransientError for what may succeed later, and ConflictError (a TransientError)
where it says so; nothing else, save the errors named. All reads and writes name their user.
"""

from shared.ports.backfills import BackfillLog
from shared.ports.citing_memories import CitingMemories
from shared.ports.clock import Clock
from shared.ports.feed_watch import FeedWatch
from shared.ports.forgettable_memories import ForgettableMemories
from shared.ports.generation_log import GenerationLog
from shared.ports.memories import ChangedMemories, EpisodeStore, FactStore, SummaryStore
from shared.ports.models import Answer, ChatModel, Embedder, Prompt
from shared.ports.procedures import ProcedureStore
from shared.ports.redaction import Detector, Redactor
from shared.ports.telemetry import SILENT, Backlog, NoTelemetry, Source, Telemetry
from shared.ports.thread_log import DeadLetterBox, Journal, ThreadLog
from shared.ports.turns import TurnReader
from shared.ports.user_log import UserLog
from shared.ports.vanishing import ThreadHistory, TurnInventory, TurnRemoval, VanishingLog
from shared.ports.versions import Counted, Versioned
from shared.ports.work_index import WorkIndex

__all__ = [
    "SILENT",
    "Answer",
    "BackfillLog",
    "Backlog",
    "ChangedMemories",
    "ChatModel",
    "CitingMemories",
    "Clock",
    "Counted",
    "DeadLetterBox",
    "Detector",
    "Embedder",
    "EpisodeStore",
    "FactStore",
    "FeedWatch",
    "ForgettableMemories",
    "GenerationLog",
    "Journal",
    "NoTelemetry",
    "ProcedureStore",
    "Prompt",
    "Redactor",
    "Source",
    "SummaryStore",
    "Telemetry",
    "ThreadHistory",
    "ThreadLog",
    "TurnInventory",
    "TurnReader",
    "TurnRemoval",
    "UserLog",
    "VanishingLog",
    "Versioned",
    "WorkIndex",
]
