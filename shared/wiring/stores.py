"""Everything that is kept in Cosmos DB, as the ports that services know."""

from dataclasses import dataclass
from typing import Self

from azure.cosmos.aio import DatabaseProxy

from shared.adapters.cosmos_backfills import CosmosBackfillLog
from shared.adapters.cosmos_changed_memories import CosmosChangedMemories
from shared.adapters.cosmos_citing_memories import CosmosCitingMemories
from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_dead_letters import CosmosDeadLetterBox
from shared.adapters.cosmos_episodes import CosmosEpisodeStore
from shared.adapters.cosmos_facts import CosmosFactStore
from shared.adapters.cosmos_feed_watch import CosmosFeedWatch
from shared.adapters.cosmos_forgettable_memories import CosmosForgettableMemories
from shared.adapters.cosmos_generation_log import CosmosGenerationLog
from shared.adapters.cosmos_journal import CosmosJournal
from shared.adapters.cosmos_procedures import CosmosProcedureStore
from shared.adapters.cosmos_summaries import CosmosSummaryStore
from shared.adapters.cosmos_thread_history import CosmosThreadHistory
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turn_inventory import CosmosTurnInventory
from shared.adapters.cosmos_turn_removal import CosmosTurnRemoval
from shared.adapters.cosmos_turns import CosmosTurnReader
from shared.adapters.cosmos_user_log import CosmosUserLog
from shared.adapters.cosmos_vanishing_log import CosmosVanishingLog
from shared.adapters.cosmos_work_index import CosmosWorkIndex
from shared.domain.identifiers import STATE_ID, USER_STATE_ID
from shared.ports import (
    BackfillLog,
    ChangedMemories,
    CitingMemories,
    Clock,
    DeadLetterBox,
    EpisodeStore,
    FactStore,
    FeedWatch,
    ForgettableMemories,
    GenerationLog,
    Journal,
    ProcedureStore,
    SummaryStore,
    ThreadHistory,
    ThreadLog,
    TurnInventory,
    TurnReader,
    TurnRemoval,
    UserLog,
    VanishingLog,
    WorkIndex,
)
from shared.services.redacting import RedactingTurnReader
from shared.settings import Settings
from shared.wiring.databases import Databases
from shared.wiring.redaction import build_redactor


@dataclass(frozen=True, slots=True)
class Stores:
    """The app's stores; `swept` and `asked` ones are read for the sweeper and for operators."""

    threads: ThreadLog
    users: UserLog
    journal: Journal
    user_journal: Journal
    letters: DeadLetterBox
    turns: TurnReader
    generations: GenerationLog
    backfills: BackfillLog
    swept_backfills: BackfillLog
    facts: FactStore
    changed: ChangedMemories
    citing: CitingMemories
    episodes: EpisodeStore
    procedures: ProcedureStore
    summaries: SummaryStore
    forgettable: ForgettableMemories
    history: ThreadHistory
    inventory: TurnInventory
    swept_inventory: TurnInventory
    removal: TurnRemoval
    vanishing: VanishingLog
    swept: WorkIndex
    asked: WorkIndex
    swept_feed: FeedWatch
    asked_feed: FeedWatch

    @classmethod
    def open(cls, settings: Settings, databases: Databases, clock: Clock) -> Self:
        """The stores in the containers that the settings name."""
        counters = databases.work.get_container_client(settings.counters_container)
        counting = CosmosCounting(counters, clock)
        threads = CosmosThreadLog(counters, counting)
        users = CosmosUserLog(counters, counting)
        swept_counters = databases.sweep.get_container_client(settings.counters_container)
        swept_turns = databases.sweep.get_container_client(settings.turns_container)
        stored_turns = databases.work.get_container_client(settings.turns_container)
        turns: TurnReader = CosmosTurnReader(stored_turns, swept_turns)
        redactor = build_redactor(settings)
        if redactor is not None:
            turns = RedactingTurnReader(turns, redactor, withhold=settings.redact == "drop")
        memories = databases.work.get_container_client(settings.memories_container)
        summaries = databases.work.get_container_client(settings.summaries_container)
        return cls(
            threads=threads,
            users=users,
            journal=CosmosJournal(counters, STATE_ID, threads.remember_state),
            user_journal=CosmosJournal(counters, USER_STATE_ID, users.remember_state),
            letters=CosmosDeadLetterBox(counters),
            turns=turns,
            backfills=CosmosBackfillLog(counters),
            swept_backfills=CosmosBackfillLog(swept_counters),
            generations=CosmosGenerationLog(counters, threads.remember_state),
            facts=CosmosFactStore(memories),
            changed=CosmosChangedMemories(memories),
            citing=CosmosCitingMemories(memories),
            episodes=CosmosEpisodeStore(memories),
            procedures=CosmosProcedureStore(memories),
            summaries=CosmosSummaryStore(summaries),
            forgettable=CosmosForgettableMemories(
                databases.sweep.get_container_client(settings.memories_container)
            ),
            history=CosmosThreadHistory(swept_counters, threads),
            inventory=CosmosTurnInventory(stored_turns),
            swept_inventory=CosmosTurnInventory(swept_turns),
            removal=CosmosTurnRemoval(stored_turns),
            vanishing=CosmosVanishingLog(swept_counters),
            swept=CosmosWorkIndex(swept_counters),
            asked=CosmosWorkIndex(
                databases.status.get_container_client(settings.counters_container)
            ),
            swept_feed=_watch_feed(settings, databases.sweep),
            asked_feed=_watch_feed(settings, databases.status),
        )


def _watch_feed(settings: Settings, database: DatabaseProxy) -> FeedWatch:
    return CosmosFeedWatch(
        database.get_container_client(settings.turns_container),
        database.get_container_client(settings.counters_container),
    )
