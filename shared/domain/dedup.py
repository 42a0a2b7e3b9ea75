"""What becomes of the facts of one chunk: created, folded into a stored one, revived, superseding.

Everything here is a function of the journalled answer and of the stored facts it names, so that
deciding twice decides the same.
"""

from collections.abc import Mapping, Sequence

from pydantic import Field

from shared.domain.entities import unite_entities
from shared.domain.facts import GroundedFact, KnownFact, later_saying
from shared.domain.identifiers import fact_id
from shared.domain.reprocess import was_retired
from shared.domain.superseding import DUPLICATE, decide_endings_of_chunk
from shared.domain.turns import Frozen, ThreadKey


class FactDecisions(Frozen):
    """The decisions over the merged facts of a chunk, by index; ids and indices only.

    `folds` and `revives` map an index to the stored fact that absorbs it; `supersedes` are pairs
    (loser id, winner id); `updates` are the losers among them that were true until now.
    """

    creates: list[int]
    folds: dict[int, str]
    revives: dict[int, str]
    supersedes: list[tuple[str, str]]
    updates: list[str] = Field(default_factory=list)


def merge_chunk_facts(facts: Sequence[GroundedFact]) -> list[GroundedFact]:
    """The facts of a chunk with repetitions folded into the first of their kind.

    References `#<index>` are rewritten to indices of the merged list.
    """
    merged: list[GroundedFact] = []
    position: dict[int, int] = {}
    by_hash: dict[str, int] = {}
    for index, fact in enumerate(facts):
        earlier = _earlier_index(fact.duplicate_of, index)
        target = by_hash.get(fact.content_hash)
        if target is None and earlier is not None and facts[earlier].source == fact.source:
            target = position[earlier]
        if target is None:
            target = len(merged)
            merged.append(fact)
            by_hash[fact.content_hash] = target
        else:
            merged[target] = unite_facts(merged[target], fact)
        position[index] = target
    return [_rewrite_references(fact, position) for fact in merged]


def _earlier_index(reference: str | None, index: int) -> int | None:
    if reference and reference.startswith("#") and reference[1:].isdecimal():
        earlier = int(reference[1:])
        return earlier if earlier < index else None
    return None


def _rewrite_references(fact: GroundedFact, position: Mapping[int, int]) -> GroundedFact:
    def rewrite(references: Sequence[str]) -> list[str]:
        places = (
            f"#{position[int(reference[1:])]}" if reference.startswith("#") else reference
            for reference in references
            if not reference.startswith("#")
            or (reference[1:].isdecimal() and int(reference[1:]) in position)
        )
        return list(places)

    known = None if (fact.duplicate_of or "").startswith("#") else fact.duplicate_of
    return fact.model_copy(
        update={
            "supersedes": rewrite(fact.supersedes),
            "updates": rewrite(fact.updates),
            "duplicate_of": known,
        }
    )


def unite_facts(first: GroundedFact, second: GroundedFact) -> GroundedFact:
    """The first fact with the second's provenance, topics, higher scores and later event time.

    It is the user's if either is: an agent that said the same takes nothing from what a user said,
    nor does it make that any newer.
    """
    source, said_at, order = later_saying(
        (first.source, first.created_at, first.order),
        (second.source, second.created_at, second.order),
    )
    return first.model_copy(
        update={
            "source": source,
            "created_at": said_at,
            "duplicate_of": first.duplicate_of or second.duplicate_of,
            "topics": list(dict.fromkeys([*first.topics, *second.topics])),
            "confidence": max(first.confidence, second.confidence),
            "salience": max(first.salience, second.salience),
            "source_turn_ids": list(
                dict.fromkeys([*first.source_turn_ids, *second.source_turn_ids])
            ),
            "evidence": list(dict.fromkeys([*first.evidence, *second.evidence])),
            "supersedes": list(dict.fromkeys([*first.supersedes, *second.supersedes])),
            "updates": list(dict.fromkeys([*first.updates, *second.updates])),
            "entities": unite_entities(first.entities, second.entities),
            "source_metadata": {**second.source_metadata, **first.source_metadata},
            "order": order,
        }
    )


def named_facts(key: ThreadKey, merged: Sequence[GroundedFact]) -> list[str]:
    """The ids of all stored facts that bear on the decisions: own ids, duplicates, superseded."""
    ids = [fact_id(key.user_id, key.thread_id, fact.content_hash) for fact in merged]
    for fact in merged:
        ids += [fact.duplicate_of] if fact.duplicate_of else []
        ids += [ref for ref in (*fact.supersedes, *fact.updates) if not ref.startswith("#")]
    return list(dict.fromkeys(ids))


def named_winners(stored: Mapping[str, KnownFact]) -> list[str]:
    """The ids of what has superseded the stored facts and is not among them yet.

    It bears on the decisions too, and so does what has superseded it in turn.
    """
    winners = [fact.superseded_by for fact in stored.values() if fact.superseded_by]
    return [winner for winner in dict.fromkeys(winners) if winner not in stored]


def list_memories(
    key: ThreadKey, merged: Sequence[GroundedFact], folds: Mapping[int, str]
) -> list[str]:
    """The ids of the memories that the merged facts of a chunk became, each once."""
    own = [fact_id(key.user_id, key.thread_id, fact.content_hash) for fact in merged]
    return list(dict.fromkeys(folds.get(index, own[index]) for index in range(len(own))))


def decide_facts(
    key: ThreadKey, merged: Sequence[GroundedFact], stored: Mapping[str, KnownFact]
) -> FactDecisions:
    """Decide each merged fact against the stored ones.

    | the fact's id is stored | and                                    | decision           |
    |-------------------------|----------------------------------------|--------------------|
    | superseded              | as a duplicate of one that is active   | fold into that one |
    | superseded              | said anew, and not before what ended it| revive             |
    | retired                 | a later generation derives it again    | revive             |
    | yes, otherwise          |                                        | fold               |
    | no                      | an active duplicate of like source     | fold               |
    | no                      |                                        | create             |

    What ended a fact may have been ended itself: the last word of them all counts, `stored` holding
    what it knows of them. An agent's word revives nothing that a user has changed.

    A duplicate to the letter in another thread is no reason to fold: which of the two came first
    is chance here, and the user's orchestration folds them by event time.
    """
    creates: list[int] = []
    folds: dict[int, str] = {}
    revives: dict[int, str] = {}
    own = [fact_id(key.user_id, key.thread_id, fact.content_hash) for fact in merged]
    for index, fact in enumerate(merged):
        same, duplicate = stored.get(own[index]), stored.get(fact.duplicate_of or "")
        if same is not None:
            holder = _find_holder(fact, same, stored)
            if holder is same and _is_true_again(fact, same, stored):
                revives[index] = same.id
            else:
                folds[index] = holder.id
        elif duplicate and _says_the_same(duplicate, fact):
            folds[index] = duplicate.id
        else:
            creates.append(index)
    becomes = [folds.get(index, own[index]) for index in range(len(merged))]
    endings = decide_endings_of_chunk(merged, becomes, stored)
    return FactDecisions(
        creates=creates,
        folds=folds,
        revives=revives,
        supersedes=endings.pairs,
        updates=endings.updates,
    )


def _list_enders(same: KnownFact, stored: Mapping[str, KnownFact]) -> list[KnownFact]:
    """What has superseded a fact, what has superseded that, and so on."""
    enders: list[KnownFact] = []
    last = same
    while (ender := stored.get(last.superseded_by or "")) and ender not in (same, *enders):
        enders.append(ender)
        last = ender
    return enders


def _find_holder(fact: GroundedFact, same: KnownFact, stored: Mapping[str, KnownFact]) -> KnownFact:
    """The stored fact that takes in what is said again: the same, or a duplicate that ended it.

    That is the one that is active, or, if the chunk is run again, the one that has this evidence.
    """
    cited, last = set(fact.source_turn_ids), same
    for ender in [] if cited <= set(same.source_turn_ids) else _list_enders(same, stored):
        if last.supersede_reason != DUPLICATE or "agent" in (ender.source, same.source):
            break
        if not ender.superseded_by or cited <= set(ender.source_turn_ids):
            return ender
        last = ender
    return same


def _is_true_again(fact: GroundedFact, same: KnownFact, stored: Mapping[str, KnownFact]) -> bool:
    """Whether a superseded fact is revived by what is said now."""
    if not same.superseded_by:
        return False
    if was_retired(same.superseded_by, same.supersede_reason):
        return True
    if set(fact.source_turn_ids) <= set(same.source_turn_ids):
        return False
    chain = [same, *_list_enders(same, stored)]
    of_users = [known for known in chain if known.source == "user"]
    if of_users:
        return fact.source == "user" and fact.created_at >= max(k.said_at for k in of_users)
    return fact.source == "user" or fact.created_at >= max(known.said_at for known in chain)


def _says_the_same(duplicate: KnownFact, fact: GroundedFact) -> bool:
    if duplicate.content_hash == fact.content_hash:
        return False
    # The chunk is being run again: since it took this evidence in, the fact may have been
    # superseded, or become a user's by another fact of the chunk.
    if set(fact.source_turn_ids) <= set(duplicate.source_turn_ids):
        return True
    return duplicate.source == fact.source and not duplicate.superseded_by
