"""The app's use cases, as triggers and activities see them."""

from dataclasses import dataclass

from shared.services.commit_profile import CommitProfile
from shared.services.commit_thread import CommitThread
from shared.services.count_turns import CountTurns
from shared.services.dead_letters import DeadLetters
from shared.services.deduplicate_facts import DeduplicateFacts
from shared.services.erase_turns import EraseTurns
from shared.services.extract_facts import ExtractFacts
from shared.services.find_vanished import FindVanished
from shared.services.flush import Flush
from shared.services.forget_turns import ForgetTurns
from shared.services.persist_episodes import PersistEpisodes
from shared.services.persist_facts import PersistFacts
from shared.services.persist_procedures import PersistProcedures
from shared.services.persist_profile import PersistProfile
from shared.services.persist_summary import PersistSummary
from shared.services.plan_profile import PlanProfile
from shared.services.plan_thread import PlanThread
from shared.services.purge_history import PurgeHistory
from shared.services.reconcile_facts import ReconcileFacts
from shared.services.report_status import ReportStatus
from shared.services.request_backfills import RequestBackfills
from shared.services.retire_memories import RetireMemories
from shared.services.run_backfill import RunBackfill
from shared.services.start_orchestrations import StartOrchestrations
from shared.services.sweep import Sweep
from shared.services.tell_backlog import TellBacklog
from shared.services.write_episodes import WriteEpisodes
from shared.services.write_procedures import WriteProcedures
from shared.services.write_profile import WriteProfile
from shared.services.write_summary import WriteSummary


@dataclass(frozen=True, slots=True)
class Services:
    """The app's use cases; `runs` says whether this app owns the processing at all."""

    runs: bool
    count_turns: CountTurns
    run_backfill: RunBackfill
    backfills: RequestBackfills
    plan_thread: PlanThread
    extract_facts: ExtractFacts
    deduplicate_facts: DeduplicateFacts
    persist_facts: PersistFacts
    write_summary: WriteSummary
    persist_summary: PersistSummary
    write_episodes: WriteEpisodes
    persist_episodes: PersistEpisodes
    commit_thread: CommitThread
    retire_memories: RetireMemories
    plan_profile: PlanProfile
    reconcile_facts: ReconcileFacts
    write_profile: WriteProfile
    persist_profile: PersistProfile
    write_procedures: WriteProcedures
    persist_procedures: PersistProcedures
    commit_profile: CommitProfile
    flush: Flush
    dead_letters: DeadLetters
    sweep: Sweep
    find_vanished: FindVanished
    forget_turns: ForgetTurns
    erase_turns: EraseTurns
    purge_history: PurgeHistory
    report_status: ReportStatus
    tell_backlog: TellBacklog
    start: StartOrchestrations
