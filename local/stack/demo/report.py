"""What a person reads at the end of a demo: every kind of memory, then the figures."""

from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from local.stack.demo.figures import Figures
from local.stack.demo.observer import Document, Memories, is_active

PROFILE_PARTS = {
    "key_facts": "Key facts",
    "personal_preferences": "Preferences",
    "account_environment": "Environment",
    "goals_current_work": "Goals and current work",
    "behavioral_patterns": "Patterns",
    "compliance_requirements": "Requirements",
    "open_items": "Open items",
    "topics": "Topics",
}


def print_report(memories: Memories, figures: Figures, console: Console) -> None:
    """Print everything that was derived, user by user, and one line of figures."""
    for user in sorted({str(counter["user_id"]) for counter in memories.counters}):
        console.rule(f"[bold]{escape(user)}", align="left")
        _print_summaries(_of_user(user, memories.thread_summaries), console)
        _print_facts(_of_user(user, memories.facts), console)
        _print_episodes(_of_user(user, memories.episodes), console)
        _print_rules(_of_user(user, memories.procedures), console)
        for profile in _of_user(user, memories.user_summaries):
            _print_profile(profile, console)
    console.rule()
    _print_figures(figures, console)


def _of_user(user: str, documents: list[Document]) -> list[Document]:
    return [document for document in documents if document["user_id"] == user]


def _print_summaries(summaries: list[Document], console: Console) -> None:
    if summaries:
        console.print("\n[bold]What the conversations were about")
    for summary in sorted(summaries, key=lambda item: str(item["thread_id"])):
        console.print(f"[cyan]{escape(str(summary['thread_id']))}")
        console.print(_indented(summary["content"]))


def _print_facts(facts: list[Document], console: Console) -> None:
    if facts:
        console.print("\n[bold]Facts")
    contents = {str(fact["id"]): str(fact["content"]) for fact in facts}
    ordered = sorted(facts, key=lambda fact: (_category(fact), str(fact["created_at"])))
    for category, group in groupby(ordered, key=_category):
        console.print(f"[cyan]{escape(category)}")
        for fact in group:
            console.print(_indented(_fact_line(fact, contents), markup=True))


def _category(fact: Document) -> str:
    metadata: dict[str, Any] = fact.get("metadata") or {}
    return str(metadata.get("category") or "other")


def _fact_line(fact: Document, contents: dict[str, str]) -> str:
    text = escape(str(fact["content"]))
    if is_active(fact):
        return f"- {text}"
    winner = contents.get(str(fact["superseded_by"]), "a newer fact")
    return f"- [strike]{text}[/strike] [dim](no longer true, now: {escape(winner)})"


def _print_episodes(episodes: list[Document], console: Console) -> None:
    if episodes:
        console.print("\n[bold]Episodes")
    for episode in sorted(episodes, key=lambda item: str(item["created_at"])):
        console.print(f"[cyan]{escape(str(episode.get('title', '')))}")
        console.print(_indented(episode["content"]))


def _print_rules(procedures: list[Document], console: Console) -> None:
    rules = [rule for rule in procedures if is_active(rule) and rule.get("status") == "active"]
    if rules:
        console.print("\n[bold]Rules for agents")
    for rule in sorted(rules, key=lambda item: str(item["content"])):
        console.print(_indented(f"- {rule['content']}"))


def _print_profile(profile: Document, console: Console) -> None:
    console.print("\n[bold]Profile")
    metadata: dict[str, Any] = profile.get("metadata") or {}
    structured: dict[str, Any] = metadata.get("structured_summary") or {}
    for part, title in PROFILE_PARTS.items():
        if entries := structured.get(part):
            console.print(f"[cyan]{title}")
            separator = ", " if part == "topics" else "\n- "
            lead = "" if part == "topics" else "- "
            console.print(_indented(lead + separator.join(map(str, entries))))


def _indented(text: Any, *, markup: bool = False) -> Padding:
    return Padding(str(text) if markup else escape(str(text)), (0, 0, 0, 2))


def _print_figures(figures: Figures, console: Console) -> None:
    console.print(
        f"{figures.turns_written} turns written, {figures.turns_counted} counted, "
        f"{figures.turns_processed} processed in {figures.threads} threads; "
        f"{_count_facts(figures)}, {figures.episodes} episodes, {_count_rules(figures)}, "
        f"{figures.thread_summaries} thread summaries, {figures.user_summaries} user summaries; "
        f"{figures.chat_calls} chat calls with {figures.prompt_chars:,} characters, "
        f"{figures.embedding_calls} embedding calls, {figures.cosmos_requests} Cosmos DB requests; "
        f"{figures.seconds:.1f} s."
    )


def _count_facts(figures: Figures) -> str:
    more = f" ({figures.superseded_facts} more no longer true)" if figures.superseded_facts else ""
    return f"{figures.facts} facts{more}"


def _count_rules(figures: Figures) -> str:
    candidates = figures.rule_candidates
    noun = "candidate" if candidates == 1 else "candidates"
    more = f" and {candidates} {noun}" if candidates else ""
    return f"{figures.procedures - candidates} rules{more}"
