"""Where "one" and "a" count something, and what half of something is."""

from __future__ import annotations

from medscribe_core.normalise.lexicon import (
    AFTER_DURATION,
    BEFORE_COUNT,
    BEFORE_DURATION,
    COUNTED,
    DETERMINERS,
    DOSE_FORMS,
    DURATIONS,
    HALVED,
    LABELS,
    MEASURES,
    NOT_AMOUNTS,
    NOT_COUNTED,
    ONES,
    SMALL,
    TIME_NOUNS,
    UNITS,
)
from medscribe_core.normalise.tokens import Tokens

_SENTENCE_STARTS = frozenset([":", "]", "\n", "?", ".", ""])
_PAUSES = frozenset([".", ",", "\n", "?", ""])
_TAILS = ((("and", "a", "half"), "1.5"), (("or", "two"), "1 or 2"))
_RATED = frozenset(["once", "twice", "times", "hundred", "thousand", "pack", "cups", "glasses", "units"])
_RATE_WORDS = frozenset(["a", "an", "per", "each", "every"])


def one_counts(tokens: Tokens, i: int) -> bool:
    """Whether the word "one" at token ``i`` is a count or a rank and not a pronoun."""
    before, j = tokens.word_before(i), tokens.after(i)
    noun, beyond = (tokens.words[j], tokens.word_after(j)) if j else ("", "")
    if before == "no":
        return False
    if noun in COUNTED and beyond != "than":
        return before not in DETERMINERS or noun in TIME_NOUNS or noun in DOSE_FORMS or noun in UNITS
    numbered = beyond in SMALL or beyond.isdigit()
    if noun in ("or", "to", "over") and numbered:
        return noun == "to" or before not in DETERMINERS
    if (noun == "out" and beyond == "of") or (noun == "of" and numbered):
        return True
    if before == "a":
        return tokens.word_before(tokens.before(i)) not in ("have", "got", "not")
    if before in DETERMINERS:
        return False
    if before in ("missed", "skipped") or (noun in _RATE_WORDS and beyond in TIME_NOUNS):
        return True
    return _ranks(tokens, i, before, noun) or _stands_alone(tokens, i, before, noun, beyond)


def _ranks(tokens: Tokens, i: int, before: str, noun: str) -> bool:
    """ "type one", "three to one", "two by one"."""
    p = tokens.before(i)
    earlier = tokens.word_before(p) if p >= 0 else ""
    if before in LABELS:
        return before not in TIME_NOUNS or earlier not in ("last", "this", "every", "each", "next", "per", "a")
    if before in ("or", "to", "by"):
        return noun != "of" and (earlier in ONES or earlier in UNITS or earlier == "zero" or earlier.isdigit())
    return False


def _stands_alone(tokens: Tokens, i: int, before: str, noun: str, beyond: str) -> bool:
    """ "by one p.m.", "down to one.", "Patient: One.", "had one fall", "one in each eye"."""
    pauses = tokens.words[i + 1] in _PAUSES
    if before in ("at", "by", "before", "until", "around") and (pauses or noun in ("today", "tomorrow", "p")):
        return True
    if before in ("to", "about", "maybe", "just", "only", "exactly") and pauses:
        return True
    mark = tokens.words[i - 1] if i else ""
    if mark in _SENTENCE_STARTS and pauses:
        return True
    if mark not in _SENTENCE_STARTS and mark != "," and before not in BEFORE_COUNT:
        return False
    if noun in ("in", "before", "with", "at", "after", "on") and beyond in ("each", "every", "bedtime"):
        return True
    return noun.isalpha() and noun not in NOT_COUNTED


def article_counts(tokens: Tokens, i: int) -> bool:
    """Whether "a" at token ``i`` is the number 1: "in a month", "a pack a day", "a gram"; not in "twice a day"."""
    words, j = tokens.words, tokens.after(i)
    if not j or not tokens.is_free(i, j):
        return False
    before, noun = tokens.word_before(i), words[j]
    if noun in MEASURES:
        return before not in ("milligrams", "mg", "per", "times")
    following = tokens.word_after(j)
    if noun in DURATIONS:
        return before in BEFORE_DURATION or _is_duration(tokens, i, j, before, following)
    if noun == "minute":
        return before in ("about", "than", "like", "under", "least", "sit") or following == "or"
    if not noun.isalpha() or noun in NOT_AMOUNTS:
        return False
    period = tokens.word_after(tokens.after(j)) if following in _RATE_WORDS else ""
    # "a mile a minute" is a way of speaking.
    return period in TIME_NOUNS and period not in ("minute", "second")


def _is_duration(tokens: Tokens, i: int, j: int, before: str, following: str) -> bool:
    """ "Otherwise: a month.", "a week ago", "a month after surgery"; not "fifty a day after that"."""
    mark = tokens.words[i - 1] if i else ""
    opens = mark in _SENTENCE_STARTS or mark == ","
    if opens and (tokens.words[j + 1] in _PAUSES or following in ("or", "so")):
        return True
    if following in ("ago", "later"):
        return True
    if following == "from":
        return tokens.word_after(tokens.after(j)) in ("now", "today")
    if before in _RATED or before in SMALL or before in UNITS or before in DOSE_FORMS or before[:1].isdigit():
        return False
    return following in AFTER_DURATION and (opens or tokens.words[j] != "day")


def half_of(tokens: Tokens, i: int) -> tuple[int, str] | None:
    """ "half a pill", "a half milligram", "an hour and a half" at token ``i``: last token and how it is written."""
    words = tokens.words
    half = i if words[i] == "half" else tokens.after(i)
    if not half and words[i] != "half":
        return None
    if words[half] != "half":
        return _one_and_more(tokens, i, half)
    j = tokens.after(half)
    if j and words[j] == "of":
        j = tokens.after(j)
    if j and words[j] in ("a", "an"):
        # "the morning one half an hour before": the half does not belong to "one".
        j = tokens.after(j) if words[i] != "one" else 0
    if not j or words[j] not in HALVED or not tokens.is_free(i, j):
        return None
    noun = words[j]
    if noun == "hour":
        return j, "30 minutes"
    if noun in ("pill", "pills"):
        noun = "tablet"
    return j, f"0.5 {UNITS.get(noun, noun)}"


def _one_and_more(tokens: Tokens, i: int, noun: int) -> tuple[int, str] | None:
    """ "an hour and a half" -> 1.5 hours, "a week or two" -> 1 or 2 weeks."""
    name = tokens.words[noun]
    if name.endswith("s") or not (name in HALVED or name in TIME_NOUNS or name in MEASURES):
        return None
    for tail, figure in _TAILS:
        last = noun
        for expected in tail:
            last = tokens.after(last)
            if not last or tokens.words[last] != expected:
                break
        else:
            plural = UNITS.get(name) or name + ("es" if name == "inch" else "s")
            return (last, f"{figure} {plural}") if tokens.is_free(i, last) else None
    return None
