"""What became of the gold observations and of the turns, as the store holds them at the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.app.driver import Document
from bench.quality.gold import Gold, Observation
from bench.quality.model import ShownTurn

LEAST_STORED = 0.99


@dataclass(frozen=True)
class Verdict:
    """Counts over all conversations; shares are of the observations whose evidence was shown.

    `stored` are observations that are an active fact with exactly the shown turns of their evidence
    and the role of the turn that they were quoted from; `on_agent_turns` how many of them rest on
    what the agent said. `surplus_facts` are facts that are no observation, or one a second time.
    `material_turns` are the turns that were not skipped as trivial.
    """

    turns: int
    material_turns: int
    shown_once: int
    shown_never: int
    shown_twice: int
    observations: int
    shown: int
    stored: int
    stored_share: float
    missing: int
    wrong_turns: int
    wrong_roles: int
    on_agent_turns: int
    surplus_facts: int

    def complaints(self) -> list[str]:
        """What is not as it should be, in words."""
        checks = (
            (
                self.stored_share < LEAST_STORED,
                f"{self.stored_share:.2%} of the shown observations are stored, not at least"
                f" {LEAST_STORED:.0%}",
            ),
            (self.surplus_facts, f"{self.surplus_facts} facts are there twice or without reason"),
            (self.shown_never, f"{self.shown_never} turns that are not trivial were not extracted"),
            (self.shown_twice, f"{self.shown_twice} turns were extracted twice"),
        )
        return [complaint for misses, complaint in checks if misses]


def judge(
    gold: Gold,
    shown: Mapping[ShownTurn, int],
    facts: Sequence[Document],
    chunks: Sequence[Document],
) -> Verdict:
    """Compare what the model was shown and what the store holds with the gold.

    `facts` are the active facts, `chunks` the ledger's records of all threads.
    """
    roles = {(turn.user_id, turn.id): turn.role for turn in gold.turns}
    outcomes = {
        (chunk["user_id"], name): outcome
        for chunk in chunks
        for name, outcome in chunk["outcomes"].items()
    }
    material = [place for place in roles if outcomes.get(place) != "trivial"]
    stored = Counter((fact["user_id"], fact["thread_id"], fact["content"]) for fact in facts)
    by_content = {(f["user_id"], f["thread_id"], f["content"]): f for f in facts}
    seen = [each for each in gold.observations if _proofs(each, shown)]
    problems = Counter(_find_problem(each, by_content, shown, roles) for each in seen)
    right = [each for each in seen if not _find_problem(each, by_content, shown, roles)]
    return Verdict(
        turns=len(roles),
        material_turns=len(material),
        shown_once=sum(shown.get(place, 0) == 1 for place in material),
        shown_never=sum(shown.get(place, 0) == 0 for place in material),
        shown_twice=sum(shown.get(place, 0) > 1 for place in roles),
        observations=len(gold.observations),
        shown=len(seen),
        stored=len(right),
        stored_share=round(len(right) / max(1, len(seen)), 4),
        missing=problems["missing"],
        wrong_turns=problems["turns"],
        wrong_roles=problems["role"],
        on_agent_turns=sum(
            roles[each.user_id, _proofs(each, shown)[0]] == "agent" for each in right
        ),
        surplus_facts=stored.total() - len({_place(each) for each in seen} & stored.keys()),
    )


def _proofs(observation: Observation, shown: Mapping[ShownTurn, int]) -> list[str]:
    return [name for name in observation.evidence if shown.get((observation.user_id, name))]


def _place(observation: Observation) -> tuple[str, str, str]:
    return observation.user_id, observation.thread_id, observation.text


def _find_problem(
    observation: Observation,
    facts: Mapping[tuple[str, str, str], Document],
    shown: Mapping[ShownTurn, int],
    roles: Mapping[tuple[str, str], str],
) -> str:
    """What is wrong with the fact of an observation; empty if nothing."""
    fact = facts.get(_place(observation))
    if fact is None:
        return "missing"
    proofs = _proofs(observation, shown)
    if set(fact["source_turn_ids"]) != set(proofs):
        return "turns"
    role = roles[observation.user_id, proofs[0]]
    tagged = "sys:agent-fact" in fact["tags"]
    return "" if fact["source"] == role and tagged == (role == "agent") else "role"
