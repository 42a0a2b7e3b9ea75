"""Composition root: one function app, its blueprints registered, nothing else."""

import azure.durable_functions as df
import azure.functions as func

import activities.backfills
import activities.episodes
import activities.extraction
import activities.profiles
import activities.summaries
import activities.thread_steps
import orchestrators.extract_episodes
import orchestrators.extract_memories
import orchestrators.process_thread
import orchestrators.process_user
import orchestrators.run_backfill
import orchestrators.summarize_thread
import triggers.backfills
import triggers.change_feed
import triggers.dead_letters
import triggers.flush
import triggers.forget
import triggers.status
import triggers.sweeper
from shared.wiring import load_settings

settings = load_settings()  # a bad setting stops the start here, with a message that names it
app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(triggers.change_feed.build_blueprint(settings))
for module in (
    triggers.flush,
    triggers.status,
    triggers.dead_letters,
    triggers.backfills,
    triggers.forget,
    triggers.sweeper,
    orchestrators.process_thread,
    orchestrators.extract_memories,
    orchestrators.summarize_thread,
    orchestrators.extract_episodes,
    orchestrators.process_user,
    orchestrators.run_backfill,
    activities.thread_steps,
    activities.extraction,
    activities.summaries,
    activities.episodes,
    activities.profiles,
    activities.backfills,
):
    app.register_functions(module.blueprint)
