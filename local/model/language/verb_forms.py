"""English verb forms, as far as a speaker's statements need them."""

import re
from typing import Final

from local.model.words import word_set

CLEAR_VERBS: Final = word_set(
    """
    adopt admire adore attend avoid bake belong bring build buy carry celebrate cherish climb
    collect commute compose create decorate deliver depend despise detest develop dislike draw
    earn eat edit employ enjoy explore feed follow get give go grow handle hate have hire hold
    identify invest join keep learn like listen live lose maintain make manage meditate meet miss
    mentor organise organize own participate pay perform play prefer prepare print prioritise
    prioritize produce publish qualify recommend relax rely renovate require ride run sell send sing
    sleep speak spend struggle suffer swim take teach tend tolerate treasure try volunteer want
    wear weigh write
    """
)
NOUN_LIKE_VERBS: Final = word_set(
    """
    bike camp care chair check clean coach cook cycle dance deal design dream dress drink drive
    exercise fear find fish fly focus game garden help hike hope host jog kayak lead leave lift
    look love mind move need operate order paint plan plant practice practise program race raise
    rent report ride sail save share shop skate ski smoke snowboard stand start stay stream study
    support surf talk test track trade train travel treat tutor use value visit walk watch work
    worry
    """
)
UNCHANGING_VERBS: Final = word_set("put cut let set hit read quit cost hurt shut spread beat bet")
BASE_VERBS: Final = CLEAR_VERBS | NOUN_LIKE_VERBS | UNCHANGING_VERBS
PAST_FORMS: Final = word_set(
    """
    ate became began bought brought broke built burnt came caught chose dealt did drank dreamt drew
    drove fed fell flew forgot fought found gave got grew had hid held hung kept knew laid learnt
    led left lent lit lost made met paid ran rode rose sang sat saw sent shook shot shut slept sold
    sought spent split spoke stood stole struck stuck swam swept swore taught threw told took tore
    went wept woke won wore wound wrote
    """
)
PARTICIPLES: Final = word_set(
    """
    become been begun bought brought broken built burnt caught chosen come cut dealt done drawn
    dreamt driven drunk eaten fallen fed felt flown forgotten fought found given gone gotten grown
    had heard held hidden hit hung hurt kept known laid led learnt left lent let lit lost made met
    paid put quit read ridden risen run seen sent set shaken shot shown shut slept sold sought
    spent split spoken spread stolen stood struck stuck sung swum taken taught thrown told torn
    understood woken won worn written
    """
)
_NOT_PAST: Final = word_set("need feed breed speed proceed succeed exceed embed bleed shed")
_NOT_ADVERBS: Final = word_set("apply comply fly imply multiply rely reply supply family only")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh|o)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")
ADVERBS: Final = word_set(
    """
    also really just still even actually never always often usually sometimes already now then soon
    ever only kinda sorta pretty quite almost both once rather first mostly currently recently
    """
)

FILLERS: Final = word_set(
    "just actually even kinda sorta honestly definitely totally absolutely literally basically"
)


def third_person(verb: str) -> str:
    """The form that he or she takes: like -> likes, study -> studies, have -> has."""
    if verb == "have":
        return "has"
    if _CONSONANT_Y.search(verb):
        return verb[:-1] + "ies"
    return verb + ("es" if _SIBILANT.search(verb) else "s")


def is_past(word: str) -> bool:
    """Whether a word right after its subject is a simple past form."""
    return word in PAST_FORMS or _is_regular_past(word)


def is_participle(word: str) -> bool:
    """Whether a word right after has or have is a participle."""
    return word in PARTICIPLES or _is_regular_past(word)


def is_adverb(word: str) -> bool:
    """Whether a word between subject and verb only colours the verb."""
    if word in ADVERBS:
        return True
    return len(word) > 4 and word.endswith("ly") and word not in _NOT_ADVERBS


def _is_regular_past(word: str) -> bool:
    return len(word) > 3 and word.endswith("ed") and word not in _NOT_PAST
