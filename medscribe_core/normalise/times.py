"""Times of day, years and eyesight: pairs of numbers that are not quantities."""

from __future__ import annotations

from medscribe_core.normalise.groups import WholeReader
from medscribe_core.normalise.lexicon import (
    BEFORE_CLOCK,
    BEFORE_YEAR,
    ONES,
    READINGS,
    RESULTS,
    SCALES,
    SMALL,
    TEENS,
    TENS,
    TIME_NOUNS,
    UNITS,
)

#: A number as it is written and the index of its last token.
Reading = tuple[str, int]

_CLOCK_MINUTES = (15, 30, 45)
_ACUITIES = (15, 20, 25, 30, 40, 50, 60, 70, 80)


def clock(reader: WholeReader, i: int) -> Reading | None:
    """ "at two thirty" -> 2:30."""
    tokens, words = reader.tokens, reader.words
    word = words[i]
    if word not in ONES and word not in ("ten", "eleven", "twelve"):
        return None
    j = tokens.after(i)
    if not j:
        return None
    if words[j] in ("oh", "o"):
        k = tokens.after(j)
        if not k or words[k] not in ONES:
            return None
        minutes, last = ONES[words[k]], k
    elif words[j] in TEENS or words[j] in TENS:
        minutes, last = reader.below_hundred(j)
    else:
        return None
    if minutes > 59 or not _is_time_of_day(reader, i, minutes, last):
        return None
    return f"{SMALL[word]}:{minutes:02d}", last


def _is_time_of_day(reader: WholeReader, i: int, minutes: int, last: int) -> bool:
    tokens, words = reader.tokens, reader.words
    following = tokens.word_after(last)
    if following in ("am", "pm", "a.m", "p.m"):
        return True
    k = tokens.after(last)
    if following in ("a", "p") and words[k + 1] == "." and words[k + 2] == "m":
        return True
    if minutes not in _CLOCK_MINUTES or following in UNITS or following in ("over", "point", "units"):
        return False
    if tokens.said_before(i, READINGS) or _is_result(reader, i) or following in SCALES:
        return False
    if tokens.word_before(i) in BEFORE_CLOCK or words[i] in TEENS:
        return True
    starts_sentence = i == 0 or words[i - 1] in (":", "]", "\n", "?", ".")
    return minutes == 30 and starts_sentence and ONES[words[i]] >= 5


def _is_result(reader: WholeReader, i: int) -> bool:
    """Whether a laboratory value is read out at token ``i``: "the ACR is at two fifteen"."""
    tokens = reader.tokens
    for _ in range(4):
        i = tokens.before(i)
        if i < 0 or tokens.words[i] == "\n":
            return False
        if tokens.words[i] in RESULTS or tokens.words[i - 2 : i + 1] == ["a", "c", "r"]:
            return True
    return False


def year_or_acuity(reader: WholeReader, i: int) -> Reading | None:
    """ "in twenty nineteen" -> 2019; "vision is twenty thirty" -> 20/30."""
    tokens, words = reader.tokens, reader.words
    if words[i] != "twenty":
        return None
    j = tokens.after(i)
    if not j:
        return None
    if words[j] in ("oh", "o"):
        k = tokens.after(j)
        return (f"200{ONES[words[k]]}", k) if k and words[k] in ONES else None
    if words[j] not in TEENS and words[j] not in TENS:
        return None
    value, last = reader.below_hundred(j)
    following = tokens.word_after(last)
    if following in TIME_NOUNS or following in UNITS or following in SCALES or following in ("point", "over"):
        return None
    if tokens.word_before(i) in BEFORE_YEAR and value < 60:
        return f"20{value}", last
    if value in _ACUITIES:
        return f"20/{value}", last
    return (f"20{value}", last) if words[j] in TEENS and value > 10 else None


def past_the_hour(reader: WholeReader, i: int) -> Reading | None:
    """ "half past ten" -> 10:30, "a quarter to nine" -> 8:45."""
    tokens, words = reader.tokens, reader.words
    part = tokens.after(i) if words[i] == "a" else i
    if words[part] not in ("half", "quarter"):
        return None
    j = tokens.after(part)
    hour = tokens.after(j) if j else 0
    if not hour or words[j] not in ("past", "after", "to", "till") or not 0 < SMALL.get(words[hour], 0) < 13:
        return None
    value = SMALL[words[hour]]
    if words[j] in ("past", "after"):
        minutes = 30 if words[part] == "half" else 15
    elif words[part] == "quarter":
        value, minutes = value - 1 or 12, 45
    else:
        return None
    return f"{value}:{minutes}", hour
