"""From a model's answer to the facts that may be stored: grounded, said by whom, worth keeping."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from shared.domain.admission.courtesies import is_passing, is_refusal, tells_courtesy
from shared.domain.admission.hearsay import is_borrowed, is_echo
from shared.domain.admission.instructions import directs_reader, overrides_instructions
from shared.domain.admission.templates import is_machine_output, leaks_template
from shared.domain.facts import AnsweredFact, GroundedFact, KnownFact, ground_fact
from shared.domain.small_talk import find_replies, is_small_talk
from shared.domain.turns import Turn

UNREADABLE = "unreadable"
UNGROUNDED = "ungrounded"
TEMPLATE = "template"
MACHINE_OUTPUT = "machine_output"
PASSING = "passing"
REFUSAL = "refusal"
INSTRUCTION = "instruction"
QUARANTINED = "quarantined"
BORROWED = "borrowed"
ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Admission:
    """The facts that may be stored, and how many were dropped for which reason."""

    facts: list[GroundedFact] = field(default_factory=list)
    objections: Counter[str] = field(default_factory=Counter[str])


def admit_facts(
    answered: Sequence[AnsweredFact],
    turns: Sequence[Turn],
    known: Sequence[KnownFact],
    metadata_keys: Sequence[str] = (),
    unreadable: Sequence[int] = (),
) -> Admission:
    """The facts that may be stored, their references rewritten from prompt labels to ids.

    Labels are those of the prompt: turns "t1", ..., known memories "k1", ..., earlier facts of the
    answer "f0", .... One that names nothing, or a fact that was dropped, is left out. `unreadable`
    are the places that facts of the answer had which are not among `answered`.
    """
    admission = Admission(objections=Counter({UNREADABLE: len(unreadable)} if unreadable else ()))
    places = (place for place in count() if place not in unreadable)
    by_label = {f"t{n}": turn for n, turn in enumerate(turns, 1)}
    references = {f"k{n}": fact.id for n, fact in enumerate(known, 1)}
    for place, answer in zip(places, answered, strict=False):
        fact = ground_fact(answer, by_label, metadata_keys)
        objection = UNGROUNDED if fact is None else find_objection(fact, turns)
        if fact is None or objection:
            admission.objections[objection or UNGROUNDED] += 1
            continue
        fact = _resolve(fact, references)
        if _is_echo_of_known(fact, known, admission.facts):
            admission.objections[ECHO] += 1
            continue
        references[f"f{place}"] = f"#{len(admission.facts)}"
        admission.facts.append(fact)
    return admission


def find_objection(fact: GroundedFact, turns: Sequence[Turn]) -> str | None:
    """Why a grounded fact is no memory; None if nothing speaks against it.

    A user may tell an agent how to behave, and that is worth remembering; whoever else does is
    quarantined: not stored, but counted apart.
    """
    quote = fact.evidence[0].quote
    if leaks_template(fact.content):
        return TEMPLATE
    if is_machine_output(fact.content):
        return MACHINE_OUTPUT
    if overrides_instructions(fact.content):
        return INSTRUCTION if fact.source == "user" else QUARANTINED
    grounding = next(turn for turn in turns if turn.id == fact.evidence[0].turn_id)
    answers = is_small_talk(quote) and grounding.id in find_replies(turns)
    if tells_courtesy(fact.content) or (is_passing(quote) and not answers):
        return PASSING
    if fact.source == "agent":
        return _object_to_agent(fact.content, quote)
    return BORROWED if is_borrowed(fact.content, quote, grounding, turns) else None


def _object_to_agent(content: str, quote: str) -> str | None:
    if is_refusal(quote):
        return REFUSAL
    if directs_reader(content) or directs_reader(quote):
        return QUARANTINED
    return MACHINE_OUTPUT if is_machine_output(quote) or leaks_template(quote) else None


def _resolve(fact: GroundedFact, references: Mapping[str, str]) -> GroundedFact:
    def resolve(labels: Sequence[str]) -> list[str]:
        return [references[label] for label in labels if label in references]

    return fact.model_copy(
        update={
            "duplicate_of": references.get(fact.duplicate_of or ""),
            "supersedes": resolve(fact.supersedes),
            "updates": resolve(fact.updates),
        }
    )


def _is_echo_of_known(
    fact: GroundedFact, known: Sequence[KnownFact], earlier: Sequence[GroundedFact]
) -> bool:
    """Whether an agent only repeats what its user has said: recalled, or just now."""
    if fact.source != "agent":
        return False
    of_user = {item.id: item.content for item in known if item.source == "user"}
    of_user |= {f"#{n}": item.content for n, item in enumerate(earlier) if item.source == "user"}
    if fact.duplicate_of in of_user:
        return True
    return any(is_echo(fact.content, content) for content in of_user.values())
