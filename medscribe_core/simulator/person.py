"""Phrases of a patient turned into those of a caregiver who speaks about the patient."""

from __future__ import annotations

import re
from functools import lru_cache

_PAST = frozenset((
    "was", "had", "quit", "got", "did", "stopped", "tried", "gave", "went", "used", "started", "ended", "spent",
    "took", "needed", "discontinued", "threw", "dropped", "came", "ran", "noticed", "looked", "felt", "woke",
    "reached", "figured", "thought", "kicked", "laid", "said", "moved", "watched", "asked", "forgot", "landed",
    "flew", "made", "caught", "decided", "smoked", "let", "could", "couldn't", "can", "can't", "won't", "would",
    "wouldn't", "should", "didn't", "wasn't", "might", "will",
))  # fmt: skip
_PRESENT = {
    "have": "has", "don't": "doesn't", "do": "does", "haven't": "hasn't", "am": "is", "go": "goes", "get": "gets",
    "take": "takes", "drink": "drinks", "eat": "eats", "miss": "misses", "sleep": "sleeps", "feel": "feels",
    "stay": "stays", "live": "lives", "forget": "forgets", "wake": "wakes", "smoke": "smokes", "use": "uses",
    "make": "makes", "skip": "skips", "react": "reacts", "work": "works", "keep": "keeps", "exercise": "exercises",
    "tolerate": "tolerates", "notice": "notices", "weigh": "weighs", "check": "checks", "breathe": "breathes",
    "try": "tries", "need": "needs", "average": "averages", "clock": "clocks",
}  # fmt: skip
_ADVERBS = frozenset((
    "just", "always", "never", "only", "usually", "still", "also", "really", "probably", "even", "finally",
    "mostly", "sometimes", "actually",
))  # fmt: skip
_FIRST_PERSON = re.compile(r"\b(?:I|I'[a-z]+|me|my|mine|myself)\b")
_SELF_TALK = re.compile(
    r"\b(?:I guess|I think|I know|I'd say|I'd|I swear|I want to say|I won't lie|you|doc|ma'am|sir)\b"
)
_TO_YOU = re.compile(r"\b(?:you|you'[a-z]+|your|yours|yourself)\b", re.IGNORECASE)
_CHATTY = re.compile(r"\b(?:I|I'[a-z]+|me|my|we|us|let|let's|yeah|hey|okay|alright|ouch|don't)\b|\?")
_I = re.compile(r"\bI ((?:[a-z]+ly |(?:" + "|".join(sorted(_ADVERBS)) + r") )?)([a-z']+)")
_CONTRACTED = {"I'm": "{she}'s", "I've": "{she}'s", "I'll": "{she}'ll"}


def is_impersonal(phrase: str) -> bool:
    """Whether anybody could say the phrase of the patient ("it started four days ago")."""
    return not _FIRST_PERSON.search(phrase) and not _SELF_TALK.search(phrase)


def third_person(phrase: str) -> str:
    """The phrase about {she}/{her}, or empty where the change would not be safe.

    >>> third_person("I take my {drug}")
    '{she} takes {her} {drug}'
    """
    if _SELF_TALK.search(phrase):
        return ""
    unsafe = False

    def conjugate(match: re.Match[str]) -> str:
        nonlocal unsafe
        adverb, verb = match.groups()
        if verb in _PRESENT:
            return f"{{she}} {adverb}{_PRESENT[verb]}"
        unsafe = unsafe or verb not in _PAST
        return f"{{she}} {adverb}{verb}"

    text = _I.sub(conjugate, phrase)
    for first, other in _CONTRACTED.items():
        text = re.sub(rf"\b{first}\b", other, text)
    text = re.sub(r"\bmyself\b", "{herself}", text)
    text = re.sub(r"\bmy\b", "{her}", text)
    text = re.sub(r"\bme\b", "{her_object}", text)
    return "" if unsafe or _FIRST_PERSON.search(text) else text


@lru_cache(maxsize=4096)
def about_patient(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases of a list that a caregiver can say, changed to the third person; may be empty."""
    return tuple(p if is_impersonal(p) else third_person(p) for p in phrases if is_impersonal(p) or third_person(p))


@lru_cache(maxsize=4096)
def not_to_you(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases that do not address the listener: fit for dictation and for talk with a caregiver."""
    return tuple(p for p in phrases if not _TO_YOU.search(p))


@lru_cache(maxsize=4096)
def chartable(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The phrases that a clinician might dictate: addressed to nobody and without "I" or "let me"."""
    return tuple(p for p in not_to_you(phrases) if not _CHATTY.search(p))


def with_pronouns(phrase: str, sex: str) -> str:
    """Replace {she}, {her} (possessive), {her_object} and {herself}; contractions agree."""
    if "{" not in phrase:
        return phrase
    she, her, obj, self_ = ("she", "her", "her", "herself") if sex == "F" else ("he", "his", "him", "himself")
    phrase = phrase.replace("{she}", she).replace("{her}", her)
    return phrase.replace("{her_object}", obj).replace("{herself}", self_)
