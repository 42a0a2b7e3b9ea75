"""Which words belong to which topic."""

from typing import Final

_WORDS_BY_TOPIC: Final = {
    "food": "food cook cooking recipe recipes restaurant restaurants dinner lunch breakfast meal"
    " meals dessert desserts vegetarian vegan pescatarian allergic cuisine baking bake cake coffee"
    " tea wine cheese fish seafood meat dairy chocolate pasta sushi peanuts nuts shellfish",
    "travel": "travel travelling traveling trip trips flight flights fly hotel hotels airport train"
    " trains holiday holidays vacation beach passport itinerary airline seat seats luggage visa",
    "family": "family kids kid children child wife husband partner son daughter sister brother mom"
    " mum mother dad father parents grandma grandmother grandfather baby adoption wedding twins",
    "friends": "friend friends buddies neighbours neighbors",
    "pets": "dog dogs cat cats pet pets turtle turtles puppy kitten guinea pig rabbit hamster",
    "work": "works company colleague colleagues career office meeting meetings project projects"
    " client clients manager team employer salary workshop conference interview interviews",
    "health": "health doctor dentist therapy therapist hospital medication medicine allergy"
    " exercise gym yoga fitness injury surgery asthma diet migraine wellness",
    "sport": "run running marathon race football soccer basketball tennis swim swimming hike hiking"
    " cycling bike climbing surfing skiing camping trail trails",
    "music": "music guitar piano violin concert concerts band song songs jazz singing",
    "art": "art painting paintings paint pottery drawing photography sculpture gallery museum",
    "books": "books reading novel novels library poetry writing author",
    "films": "movie movies film films screenplay script series documentary",
    "games": "game games gaming tournament tournaments chess nintendo",
    "home": "apartment house flat garden kitchen moved rent landlord neighbourhood neighborhood"
    " lives furniture",
    "money": "budget money euros dollars price savings salary expenses insurance",
    "study": "study studies studying university college school degree course courses class classes"
    " exam exams student learning graduated",
    "language": "language languages speaks",
    "communication": "answer answers reply replies email emails bullet summaries summary tone",
    "community": "community volunteer volunteering lgbtq activist pride charity shelter",
    "technology": "laptop phone computer python software app server programming code",
    "weather": "weather rain snow heat",
    "vehicle": "car drives driving bicycle motorbike van electric",
}
TOPICS: Final[dict[str, str]] = {
    word: topic for topic, words in _WORDS_BY_TOPIC.items() for word in words.split()
}
