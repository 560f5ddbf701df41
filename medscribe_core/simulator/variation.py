"""Small variations of a phrase that leave its meaning: contractions, everyday synonyms, fillers between clauses."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from medscribe_core.simulator.banks import raw_banks, split_phrases

#: Pattern -> what may stand for it.
_SYNONYMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"kinda", ("kind of", "sort of")),
    (r"(?<!what )(?<!any )(?<!some )(?<!this )(?<!that )(?<!the )kind of", ("sort of", "kinda")),
    (r"a little bit", ("a bit", "somewhat", "slightly")),
    (r"a bit(?! of)", ("a little", "a little bit", "somewhat")),
    (r"a lot of", ("lots of", "plenty of", "a whole lot of", "loads of")),
    (r"a lot(?! of)", ("quite a bit", "a whole lot", "a great deal", "plenty")),
    (r"maybe", ("perhaps", "possibly", "I'd guess")),
    (r"(?:^|(?<=[.?!] ))okay", ("alright", "all right", "good", "very well", "got it")),
    (r"usually", ("normally", "typically", "generally", "mostly", "as a rule")),
    (r"sometimes", ("at times", "now and then", "every so often", "occasionally", "from time to time")),
    (r"I think", ("I believe", "I figure", "I guess", "I suppose", "I'd say", "seems to me")),
    (r"because", ("since", "'cause", "seeing as")),
    (r"(?<!'d )need to", ("have to", "ought to")),
    (r"I'd like to", ("I want to", "I'd love to", "I'd prefer to", "I'd rather")),
    (r"I want to", ("I'd like to", "I wanna", "I'm hoping to", "I plan to", "I mean to")),
    (r"I'll(?! say)", ("I'm gonna", "lemme", "I can")),
    (r"we'll", ("we're gonna", "we can", "let's", "you and I will")),
    (r"you'll", ("you're gonna", "you should expect to", "you can")),
    (r"right now", ("at the moment", "currently", "at this point", "just now", "as of now")),
    (r"lately", ("recently", "these days", "of late", "as of late")),
    (r"(?<!not )really", ("truly", "genuinely", "honestly", "seriously")),
    (r"pretty (?=\w+ )", ("fairly ", "quite ", "rather ", "reasonably ")),
    (r"definitely", ("certainly", "absolutely", "for sure", "without a doubt")),
    (r"great", ("wonderful", "excellent", "terrific", "fantastic", "super")),
    (r"yeah", ("yep", "yes", "yup", "uh-huh", "mm-hmm")),
    (r"(it|I|this|that) started", (r"\1 began",)),
    (r"every time", ("each time",)),
    (r"hard to", ("tough to", "difficult to", "not easy to")),
    (r"trouble (?=\w+ing)", ("difficulty ", "problems ")),
    (r"going to (?=be|get|have|need|take|try|want|keep|put|start|see|do|make|send|check|order|add)", ("gonna ",)),
    (r"let me(?! know)", ("lemme", "allow me to", "I'll", "time for me to")),
    (r"have you had any", ("had any", "any", "did you get any", "have you run into any")),
    (r"have you noticed", ("noticed", "did you notice", "have you spotted", "have you seen")),
    (r"do you have", ("have you got", "got", "d'you have", "you have")),
    (r"are you taking", ("do you take", "are you on", "you taking")),
    (r"I've got", ("I have", "I got", "got", "there's")),
    (r"I have to", ("I gotta", "I must", "I need to")),
    (r"what about", ("how about", "and", "then there's")),
    (r"how about", ("what about", "and", "what of")),
    (r"going on", ("happening", "taking place", "up")),
    (r"I'm going to", ("I'm gonna", "I plan to", "I intend to", "I'd like to")),
    (r"on top of that", ("besides", "plus", "additionally", "also")),
    (r"I just", ("I simply", "I only")),
    (r"so far", ("up to now", "till now", "to date")),
    (r"at first", ("to begin with", "early on", "initially")),
    (r"(?<=[a-z] )years ago", ("years back",)),
    (r"some (?=kind|sort)", ("a ",)),
    (r"make sure", ("be certain", "see to it", "double-check")),
    (r"take care of", ("handle", "deal with", "tend to")),
    (r"find out", ("learn", "figure out", "see")),
    (r"take a look", ("have a look", "take a peek", "have a peek", "look")),
    (r"bothering", ("troubling", "bugging", "pestering")),
    (r"keep an eye on", ("watch", "keep tabs on", "monitor")),
    (r"tell me", ("let me know", "can you tell me", "talk to me")),
    (r"looks good", ("looks fine", "is fine", "looks all right")),
    (r"looks like", ("seems like",)),
    (r"come back", ("return", "come on back", "come in again")),
    (r"set up", ("arrange", "organize", "get going on")),
    (r"for a while", ("for some time", "for quite some time")),
    (r"at night", ("during the night", "when it's night", "in the night")),
    (r"anything else", ("something else", "anything more", "any other thing")),
    (r"a good bit", ("quite a bit", "a fair amount")),
    (r"no problem", ("not a problem", "that's fine", "happy to")),
)  # fmt: skip
_GROUP = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
#: (words that a text must hold, pattern, options): most patterns need not be looked for.
_COMPILED = tuple(
    (_GROUP.sub("", p).strip().lower(), re.compile(rf"(?<![\w{{']){p}(?![\w}}'])", re.IGNORECASE), options)
    for p, options in _SYNONYMS
)
_JOINT = re.compile(r"(?<=[a-z]),? (?=(?:and|but|so|because|when|if|then|or|like|it|I|they|we)\b)")
#: "three hundred" before "and five", "two" before "and a half".
_IN_NUMBER = re.compile(
    r"\b(?:hundred|thousand|point|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)$",
    re.IGNORECASE,
)
_FILLERS = (
    "um", "uh", "you know", "I mean", "well", "like", "honestly", "basically", "let me see", "I guess", "how do I say",
    "er", "anyway", "to be fair", "at least", "as far as I can tell", "in a way", "hmm",
)  # fmt: skip
_REPLACED = 0.55
_BARE = re.compile(r"[^a-z0-9' ]+")
_KEY = 5  # words of a held-out wording by which it is looked up


def vary(text: str, rng: random.Random, split: str, fillers: float) -> str:
    """``text`` said a little differently; ``fillers`` is the probability of one between two clauses.

    What only another split may say is never produced: the text then comes back as it was.
    """
    varied, lowered = text, text.lower()
    for words, pattern, options in _COMPILED:
        if words in lowered:
            varied = pattern.sub(lambda m, o=options: _chosen(m, o, rng), varied)
            lowered = varied.lower()
    if fillers and rng.random() < fillers:
        places = [m.span() for m in _JOINT.finditer(varied) if not _IN_NUMBER.search(varied, 0, m.start())]
        if places:
            start, end = rng.choice(places)
            varied = f"{varied[:start]}, {rng.choice(_FILLERS)}, {varied[end:]}"
    return varied if varied == text or not _says_held_out(varied, split) else text


def _chosen(match: re.Match[str], options: tuple[str, ...], rng: random.Random) -> str:
    if rng.random() > _REPLACED:
        return match.group(0)
    said = match.expand(rng.choice(options))
    return said[:1].upper() + said[1:] if match.group(0)[:1].isupper() and match.group(0)[:2] != "I'" else said


def _bare(text: str) -> str:
    return " ".join(_BARE.sub(" ", text.lower().replace("-", " ")).split())


@lru_cache(maxsize=4)
def _held_out(split: str) -> dict[str, tuple[str, ...]]:
    """First words of the longest literal part of each phrase that ``split`` must not say -> those parts."""
    found: dict[str, list[str]] = {}
    for row in raw_banks():
        for items in () if row["bank"] == "more" else row.values():
            if not (isinstance(items, list) and len(items) > 1):
                continue
            allowed = _texts(split_phrases(items, split))
            for text in _texts(items) - allowed:
                literal = max((_bare(part) for part in re.split(r"\{\w+\}", text)), key=len)
                if len(literal.split()) >= _KEY:
                    found.setdefault(" ".join(literal.split()[:_KEY]), []).append(literal)
    return {key: tuple(literals) for key, literals in found.items()}


def _texts(items: list) -> set[str]:
    return {text for item in items for text in (item if isinstance(item, list) else [item]) if isinstance(text, str)}


def _says_held_out(text: str, split: str) -> bool:
    held, bare = _held_out(split), _bare(text)
    tokens = bare.split()
    for i in range(len(tokens) - _KEY + 1):
        for literal in held.get(" ".join(tokens[i : i + _KEY]), ()):
            if literal in bare:
                return True
    return False
