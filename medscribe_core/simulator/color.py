"""Remarks of everyday life that belong in no note, put together from parts so that no two visits share them.

They hold names of things, places and numbers that a reader must leave out: the time of an appointment, the price of
parking, a grandchild's age. Nothing in them could be taken for a fact of the patient's health.
"""

from __future__ import annotations

import random
import re

from medscribe_core.simulator.banks import split_phrases
from medscribe_core.simulator.speech_numbers import integer_words
from medscribe_core.simulator.voice import fix_article


def _listed(text: str) -> list[str]:
    return text.split()


#: Slot -> words for it; a word may hold slots itself, so that few lists make many phrases.
_PARTS: dict[str, list[str]] = {
    "relation": _listed(
        "cousin neighbor landlord hairdresser mailman pastor boss mechanic aunt barber foreman librarian supervisor"
        " babysitter nephew manager godson tenant plumber coach bookkeeper gardener janitor choirmaster tailor umpire"
        " florist cashier stepbrother niece roofer butcher ex accountant trainer chauffeur tutor dispatcher sergeant"
    ),
    "trait": _listed(
        "nosy cheerful grumpy talkative bossy shy stubborn generous forgetful loud clumsy retired thrifty curious"
        " superstitious bald freckled lanky bilingual bearded chatty punctual wealthy vegetarian divorced famous"
    ),
    "look": _listed(
        "rusty borrowed secondhand striped antique plastic wobbly brand-new squeaky leaky dented purple yellow giant"
        " portable homemade crooked foldable wooden inherited green refurbished cracked mismatched dusty spare fancy"
        " vintage battered polished orange two-door electric discounted muddy lopsided fragile cordless rented"
    ),
    "thing": _listed(
        "mower minivan heater furnace chainsaw kayak dishwasher tractor mailbox gutter swing snowblower ladder freezer"
        " trailer accordion aquarium jukebox camper wheelbarrow telescope piano canoe scooter lawnchair bookcase"
        " fence birdhouse toolbox printer sofa quilt barbecue gazebo mattress dresser bicycle carport awning trampoline"
        " fiddle chandelier lantern umbrella treehouse doghouse easel typewriter hammock sled"
    ),
    "work": _listed(
        "repainting hauling fixing scrubbing waxing moving sanding assembling repairing cleaning unloading measuring"
        " decorating photographing selling patching hosing polishing wrapping dismantling sketching towing tightening"
        " varnishing emptying rewiring storing covering numbering guarding shipping welding admiring testing"
    ),
    "spot": _listed(
        "laundromat fairground depot ballpark bakery quarry pantry marina rink lumberyard orchard warehouse library"
        " museum diner cafeteria courthouse vineyard lighthouse campground aquarium theater brewery casino stadium"
        " greenhouse pier barn boathouse fishery gallery mill playground plaza pawnshop schoolhouse synagogue temple"
    ),
    "where": _listed("downtown uptown nearby crowded deserted flooded renovated drafty famous historic tiny lakeside"),
    "event": _listed(
        "graduation wedding reunion recital baptism parade cookout tournament anniversary housewarming auction regatta"
        " picnic barbecue festival pageant rehearsal raffle marathon carnival quinceanera banquet fundraiser potluck"
    ),
    "pet": _listed(
        "beagle tabby parakeet terrier horse rooster collie goldfish hound kitten ferret pony poodle hamster mule"
        " turtle greyhound cockatiel retriever rabbit goat llama iguana peacock mastiff chihuahua canary hedgehog corgi"
    ),
    "dish": _listed(
        "casserole chili cornbread lasagna pierogi gumbo tamales meatloaf cobbler dumplings chowder potroast enchiladas"
        " goulash biscuits brisket paella moussaka fritters waffles strudel ravioli hummus jambalaya pancakes kielbasa"
    ),
    "taste": _listed("leftover spicy homemade burnt frozen famous soggy smoky cold Polish lukewarm secret holiday"),
    "show": _listed("ballgame newscast western sitcom documentary musical telethon podcast opera cartoon thriller"),
    "mood": _listed("funny strange typical lovely noisy long hectic dull chilly rainy busy windy gloomy peaceful wild"),
    "day": _listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "who": ["{trait} {relation}", "{relation}", "{trait} {relation}"],
    "place": ["the {where} {spot}", "the {spot}", "that {where} {spot}"],
    "item": ["{look} {thing}", "{look} {thing}", "{thing}"],
    "doing": ["{work} the {look} {thing}", "{work} my {look} {thing}", "{work} a {look} {thing}"],
    "food": ["{taste} {dish}", "{taste} {dish} and {dish}", "{dish}"],
}
_BY_PATIENT = [
    "my {who} drove me over here, parking was {n} dollars",
    "I missed the {event}, {n} folks came",
    "that was the {day} I was at {place}",
    "I know because we were {doing} that {day}",
    "my {who} said quit {doing} and go get seen",
    "I've still got a {item} to fix before the {event}",
    "the {pet} knocked {food} off the counter, {n} pieces",
    "my {who} brought {food}, enough for {n} people",
    "I was watching a {show} with my {who}",
    "there are {n} of us going to the {event} on {day}",
    "I told my {who} at {place} I had to come in",
    "the {item} at {place} was going for {n} dollars",
    "we sold the {item} for {n} dollars last {day}",
    "I waited {n} minutes out there, not that I mind",
    "it's been a {mood} week with the {event} and all",
    "my {who} keeps after me about the {item}",
    "{place} was closed {n} minutes early",
    "my {who} feeds {n} strays and one {pet}",
    "I wrote it down on the back of a receipt from {place}",
    "my {who} asked about {place}",
    "work's short {n} people, so I'm {doing} on top of it",
    "we're on the {n}th floor and the elevator was out",
    "the bus from {place} was late again",
    "my {who}'s {event} is coming up in {n} days",
    "I read about it while {doing}",
    "I had to leave the {pet} with my {who}",
    "I left the list on the {item}, of course",
    "don't tell my {who}, but I ate all the {food}",
    "I was up on {day} {doing} till {n}",
    "took {n} buses to get here from {place}",
]
_BY_DOCTOR = [
    "while that loads, how did the {event} go",
    "somebody left {food} in the break room, I'm told",
    "I heard there's a {event} at {place} this {day}",
    "sorry about the wait, it's been a {mood} {day}",
    "the computer wants {n} clicks for everything",
    "are you still {doing}",
    "how's that {pet} of yours",
    "did you ever get the {item} going again",
    "they had a {show} on in the waiting room, I noticed",
    "I've got {n} more people after you, but take your time",
    "you're the {n}th person to mention {place} this week",
    "give me a second, the printer's by {place} practically",
]
_SLOT = re.compile(r"\{(\w+)\}")
_YOU = re.compile(r"\byou(?:r|rs|'\w+)?\b")


def remark(rng: random.Random, split: str, *, by_doctor: bool, to_caregiver: bool = False, digits: float = 0.0) -> str:
    """One remark without its full stop; a doctor's may be a question."""
    lines = split_phrases(_BY_DOCTOR if by_doctor else _BY_PATIENT, split)
    if to_caregiver:
        lines = [line for line in lines if not _YOU.search(line)]
    line = rng.choice(lines)

    def filled(match: re.Match[str]) -> str:
        if match.group(1) != "n":
            return rng.choice(_PARTS[match.group(1)])
        number = rng.randint(4, 29)
        ordinal = match.string[match.end() : match.end() + 2] == "th"
        return str(number) if ordinal or rng.random() < digits else integer_words(number, rng)

    text = line
    while _SLOT.search(text):
        text = _SLOT.sub(filled, text)
    text = fix_article(text)
    text = re.sub(r"\b(\d+)th\b", lambda m: f"{m.group(1)}{_suffix(int(m.group(1)))}", text)
    asks = text.startswith(("are you", "did you", "how's", "while that loads"))
    return f"{text}?" if asks else text


def _suffix(n: int) -> str:
    return "th" if 10 < n % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
