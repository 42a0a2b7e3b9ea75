"""The services over their stores and models, one function a part of the app."""

from shared.adapters.openai_chat import OpenAIChatModel
from shared.adapters.openai_client import build_openai_client
from shared.adapters.openai_embeddings import OpenAIEmbedder
from shared.domain.messages import RetryPolicy
from shared.ports import SILENT, ChatModel, Clock, Embedder, Telemetry
from shared.services.ask_episodes import AskEpisodes
from shared.services.ask_extraction import AskExtraction
from shared.services.ask_profile import AskProfile
from shared.services.ask_summary import AskSummary
from shared.services.cleaning import CleaningChatModel
from shared.services.commit_profile import CommitProfile
from shared.services.container_lifetime import ContainerLifetime
from shared.services.count_turns import CountTurns
from shared.services.dead_letters import DeadLetters
from shared.services.deduplicate_facts import DeduplicateFacts
from shared.services.extract_facts import ExtractFacts
from shared.services.flush import Flush
from shared.services.fold_duplicates import FoldDuplicates
from shared.services.known_facts import KnownFacts
from shared.services.persist_episodes import PersistEpisodes
from shared.services.persist_facts import PersistFacts
from shared.services.persist_procedures import PersistProcedures
from shared.services.persist_profile import PersistProfile
from shared.services.persist_summary import PersistSummary
from shared.services.plan_profile import PlanProfile
from shared.services.plan_thread import PlanThread
from shared.services.purge_history import PurgeHistory
from shared.services.read_changes import ReadChanges
from shared.services.reconcile_facts import ReconcileFacts
from shared.services.record_uncounted import RecordUncounted
from shared.services.redacting import RedactingChatModel, RedactingEmbedder
from shared.services.reopen_turns import ReopenTurns
from shared.services.report_status import ReportStatus
from shared.services.request_backfills import RequestBackfills
from shared.services.retire_memories import RetireMemories
from shared.services.start_orchestrations import StartOrchestrations
from shared.services.tell_backlog import TellBacklog
from shared.services.telling import TellingChatModel
from shared.services.token_budget import TokenBudget
from shared.services.write_episodes import WriteEpisodes
from shared.services.write_procedures import WriteProcedures
from shared.services.write_profile import WriteProfile
from shared.services.write_summary import WriteSummary
from shared.settings import Settings
from shared.wiring.backfilling import build_backfill
from shared.wiring.cadence import build_cadence
from shared.wiring.clock import SystemClock
from shared.wiring.committing import build_commit
from shared.wiring.databases import Databases, open_databases
from shared.wiring.redaction import build_redactor
from shared.wiring.services import Services
from shared.wiring.stores import Stores
from shared.wiring.sweeping import (
    build_erase_turns,
    build_find_vanished,
    build_forget_turns,
    build_sweep,
)


def build_services(
    settings: Settings, clock: Clock | None = None, telemetry: Telemetry = SILENT
) -> Services:
    """Services on Cosmos DB and an OpenAI endpoint, as the settings name them."""
    client = build_openai_client(
        settings.model_endpoint,
        settings.model_key,
        settings.api_version,
        settings.model_timeout_seconds,
    )
    return assemble_services(
        settings,
        open_databases(settings),
        OpenAIChatModel(client, settings.chat_deployment),
        OpenAIEmbedder(client, settings.embedding_deployment, settings.embedding_dimensions),
        clock or SystemClock(),
        telemetry,
    )


def assemble_services(
    settings: Settings,
    databases: Databases,
    model: ChatModel,
    embedder: Embedder,
    clock: Clock,
    telemetry: Telemetry = SILENT,
) -> Services:
    """The services over the given outside world."""
    model = CleaningChatModel(TellingChatModel(model, telemetry))
    stores = Stores.open(settings, databases, clock)
    redactor = build_redactor(settings)
    if redactor is not None:
        model = RedactingChatModel(model, redactor)
        embedder = RedactingEmbedder(embedder, redactor)
    cadence = build_cadence(settings)
    lifetime = ContainerLifetime(stores.inventory, clock)
    uncounted = RecordUncounted(stores.letters, clock, settings.retry_horizon_seconds)
    count_turns = CountTurns(
        stores.threads, uncounted, lifetime, clock, cadence, telemetry=telemetry
    )
    flush = Flush(stores.threads, stores.users, stores.swept, cadence)
    forget_turns = build_forget_turns(settings, stores, clock, cadence)
    keys = settings.transcript_metadata_keys
    return Services(
        runs=settings.owner != "inprocess",
        count_turns=count_turns,
        run_backfill=build_backfill(settings, stores, count_turns, clock, cadence),
        backfills=RequestBackfills(stores.backfills, clock),
        plan_thread=PlanThread(
            stores.threads,
            ReopenTurns(stores.threads, stores.generations, stores.turns, cadence),
            clock,
            cadence,
            settings.defer_seconds,
            settings.retry_horizon_seconds,
            TokenBudget(stores.users, clock, settings.daily_token_budget),
        ),
        extract_facts=ExtractFacts(
            stores.threads,
            stores.turns,
            stores.journal,
            KnownFacts(stores.facts, stores.generations, settings.known_facts),
            embedder,
            AskExtraction(model, keys),
            settings.chat_deployment,
        ),
        deduplicate_facts=DeduplicateFacts(stores.journal, stores.facts),
        persist_facts=PersistFacts(stores.journal, stores.facts, embedder, clock),
        write_summary=WriteSummary(
            stores.threads,
            stores.turns,
            stores.journal,
            stores.summaries,
            AskSummary(model, keys),
            clock,
        ),
        persist_summary=PersistSummary(stores.journal, stores.summaries, embedder),
        write_episodes=WriteEpisodes(
            stores.threads,
            stores.turns,
            stores.journal,
            embedder,
            AskEpisodes(model, keys),
            settings.chat_deployment,
            settings.episode_topic_drift,
            settings.episode_min_turns,
        ),
        persist_episodes=PersistEpisodes(stores.journal, stores.episodes, embedder, clock),
        commit_thread=build_commit(settings, stores, clock, cadence, telemetry),
        retire_memories=RetireMemories(
            stores.threads, stores.users, stores.generations, stores.citing, clock, cadence
        ),
        plan_profile=PlanProfile(
            stores.users,
            stores.user_journal,
            clock,
            cadence,
            settings.daily_token_budget,
            settings.retry_horizon_seconds,
        ),
        reconcile_facts=ReconcileFacts(
            stores.facts,
            FoldDuplicates(stores.facts, clock),
            stores.user_journal,
            model,
            clock,
            settings.dedup_pool,
        ),
        write_profile=WriteProfile(
            stores.users,
            ReadChanges(stores.changed, FoldDuplicates(stores.facts, clock)),
            stores.summaries,
            stores.user_journal,
            AskProfile(model),
            clock,
        ),
        persist_profile=PersistProfile(stores.user_journal, stores.summaries, embedder),
        write_procedures=WriteProcedures(
            stores.users, stores.procedures, stores.user_journal, model, settings.dedup_pool
        ),
        persist_procedures=PersistProcedures(
            stores.procedures, stores.user_journal, embedder, clock
        ),
        commit_profile=CommitProfile(
            stores.users, stores.user_journal, clock, cadence, settings.defer_seconds
        ),
        flush=flush,
        dead_letters=DeadLetters(stores.letters, stores.threads, stores.inventory, count_turns),
        sweep=build_sweep(settings, stores, count_turns, flush, clock, cadence),
        find_vanished=build_find_vanished(settings, stores, forget_turns, clock),
        forget_turns=forget_turns,
        erase_turns=build_erase_turns(settings, stores, forget_turns, clock),
        purge_history=PurgeHistory(clock, settings.history_seconds),
        report_status=ReportStatus(stores.asked, stores.vanishing, stores.asked_feed, clock),
        tell_backlog=TellBacklog(stores.swept, stores.swept_feed, telemetry, clock),
        start=StartOrchestrations(
            RetryPolicy(
                first_seconds=settings.retry_first_seconds, attempts=settings.retry_attempts
            )
        ),
    )
