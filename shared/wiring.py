"""Builds adapters and services, once per worker process, from the settings."""

import time
from dataclasses import dataclass
from functools import cache

from azure.cosmos.aio import DatabaseProxy
from azure.identity.aio import DefaultAzureCredential

from shared.adapters.cosmos_client import build_cosmos_client
from shared.adapters.cosmos_counting import CosmosCounting
from shared.adapters.cosmos_dead_letters import CosmosDeadLetterBox
from shared.adapters.cosmos_facts import CosmosFactStore
from shared.adapters.cosmos_journal import CosmosJournal
from shared.adapters.cosmos_summaries import CosmosSummaryStore
from shared.adapters.cosmos_thread_log import CosmosThreadLog
from shared.adapters.cosmos_turns import CosmosTurnReader
from shared.adapters.cosmos_user_log import CosmosUserLog
from shared.adapters.cosmos_work_index import CosmosWorkIndex
from shared.adapters.openai_chat import OpenAIChatModel
from shared.adapters.openai_client import build_openai_client
from shared.adapters.openai_embeddings import OpenAIEmbedder
from shared.domain.identifiers import STATE_ID, USER_STATE_ID
from shared.domain.messages import RetryPolicy
from shared.domain.thread_state import Cadence
from shared.ports import ChatModel, Clock, Embedder
from shared.services.ask_extraction import AskExtraction
from shared.services.commit_profile import CommitProfile
from shared.services.commit_thread import CommitThread
from shared.services.count_turns import CountTurns
from shared.services.dead_letters import DeadLetters
from shared.services.deduplicate_facts import DeduplicateFacts
from shared.services.extract_facts import ExtractFacts
from shared.services.flush import Flush
from shared.services.fold_duplicates import FoldDuplicates
from shared.services.persist_facts import PersistFacts
from shared.services.persist_profile import PersistProfile
from shared.services.persist_summary import PersistSummary
from shared.services.plan_profile import PlanProfile
from shared.services.plan_thread import PlanThread
from shared.services.purge_history import PurgeHistory
from shared.services.reconcile_facts import ReconcileFacts
from shared.services.report_status import ReportStatus
from shared.services.start_orchestrations import StartOrchestrations
from shared.services.sweep import Sweep, SweepTimes
from shared.services.write_profile import WriteProfile
from shared.services.write_summary import WriteSummary
from shared.settings import Settings

USER_AGENT = "agent-memory-processor"


class SystemClock:
    """The time of this machine."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()


@dataclass(frozen=True, slots=True)
class Services:
    """The app's use cases; `runs` says whether this app owns the processing at all."""

    runs: bool
    count_turns: CountTurns
    plan_thread: PlanThread
    extract_facts: ExtractFacts
    deduplicate_facts: DeduplicateFacts
    persist_facts: PersistFacts
    write_summary: WriteSummary
    persist_summary: PersistSummary
    commit_thread: CommitThread
    plan_profile: PlanProfile
    reconcile_facts: ReconcileFacts
    write_profile: WriteProfile
    persist_profile: PersistProfile
    commit_profile: CommitProfile
    flush: Flush
    dead_letters: DeadLetters
    sweep: Sweep
    purge_history: PurgeHistory
    report_status: ReportStatus
    start: StartOrchestrations


@dataclass(frozen=True, slots=True)
class Databases:
    """The database through three clients, told apart by user agent in metrics and bills."""

    work: DatabaseProxy
    sweep: DatabaseProxy
    status: DatabaseProxy


@cache
def load_settings() -> Settings:
    """The worker's settings, read once; SettingsError stops the start of the app."""
    return Settings.from_environment()


@cache
def get_services() -> Services:
    """The worker's services, built at the first call, inside the worker's event loop."""
    return build_services(load_settings())


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
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
    )


def open_databases(settings: Settings) -> Databases:
    """The database of the settings, reached with the key or, without one, with Entra ID."""
    credential = settings.cosmos_key or DefaultAzureCredential()

    def open_as(user_agent: str) -> DatabaseProxy:
        client = build_cosmos_client(settings.cosmos_endpoint, credential, user_agent)
        return client.get_database_client(settings.database)

    return Databases(
        work=open_as(USER_AGENT),
        sweep=open_as(f"{USER_AGENT}-sweep"),
        status=open_as(f"{USER_AGENT}-status"),
    )


def assemble_services(
    settings: Settings,
    databases: Databases,
    model: ChatModel,
    embedder: Embedder,
    clock: Clock,
) -> Services:
    """The services over the given outside world."""
    cadence = Cadence(
        extract_every=settings.extract_every,
        summarize_every=settings.summarize_every,
        profile_every=settings.profile_every,
        reconcile_every=settings.extract_every * settings.dedup_every,
    )
    counters = databases.work.get_container_client(settings.counters_container)
    counting = CosmosCounting(counters, clock)
    threads = CosmosThreadLog(counters, counting)
    users = CosmosUserLog(counters, counting)
    journal = CosmosJournal(counters, STATE_ID, threads.remember_state)
    user_journal = CosmosJournal(counters, USER_STATE_ID, lambda _: None)
    turns = CosmosTurnReader(
        databases.work.get_container_client(settings.turns_container),
        databases.sweep.get_container_client(settings.turns_container),
    )
    facts = CosmosFactStore(databases.work.get_container_client(settings.memories_container))
    summaries = CosmosSummaryStore(
        databases.work.get_container_client(settings.summaries_container)
    )
    swept = CosmosWorkIndex(databases.sweep.get_container_client(settings.counters_container))
    asked = CosmosWorkIndex(databases.status.get_container_client(settings.counters_container))
    letters = CosmosDeadLetterBox(counters)
    count_turns = CountTurns(threads, letters, clock, cadence)
    flush = Flush(threads, users, swept, cadence)
    keys = settings.transcript_metadata_keys
    return Services(
        runs=settings.owner != "inprocess",
        count_turns=count_turns,
        plan_thread=PlanThread(threads, clock, cadence),
        extract_facts=ExtractFacts(
            threads,
            turns,
            journal,
            facts,
            embedder,
            AskExtraction(model, keys),
            settings.chat_deployment,
            settings.known_facts,
        ),
        deduplicate_facts=DeduplicateFacts(journal, facts),
        persist_facts=PersistFacts(journal, facts, embedder, clock),
        write_summary=WriteSummary(threads, turns, journal, summaries, model, clock, keys),
        persist_summary=PersistSummary(journal, summaries, embedder),
        commit_thread=CommitThread(
            threads,
            users,
            journal,
            clock,
            cadence,
            settings.defer_seconds,
            settings.retry_horizon_seconds,
        ),
        plan_profile=PlanProfile(users, clock, cadence),
        reconcile_facts=ReconcileFacts(facts, user_journal, model, clock, settings.dedup_pool),
        write_profile=WriteProfile(
            users, FoldDuplicates(facts, clock), summaries, user_journal, model, clock
        ),
        persist_profile=PersistProfile(user_journal, summaries, embedder),
        commit_profile=CommitProfile(users, user_journal, clock, cadence, settings.defer_seconds),
        flush=flush,
        dead_letters=DeadLetters(letters, threads),
        sweep=Sweep(
            swept,
            turns,
            count_turns,
            flush,
            clock,
            cadence,
            SweepTimes(
                idle_flush=settings.idle_flush_seconds,
                idle_summary=settings.idle_summary_seconds,
                stale=settings.stale_seconds,
                scan_grace=settings.scan_grace_seconds,
                scan_overlap=settings.scan_overlap_seconds,
                scan_budget=settings.scan_budget_seconds,
            ),
            settings.sweep_starts,
        ),
        purge_history=PurgeHistory(clock, settings.history_seconds),
        report_status=ReportStatus(asked, clock),
        start=StartOrchestrations(
            RetryPolicy(
                first_seconds=settings.retry_first_seconds, attempts=settings.retry_attempts
            )
        ),
    )
