"""Names with a number in them: A1c, B12, L4, PHQ-9. A code is (first token, last token, how it is written)."""

from __future__ import annotations

from medscribe_core.normalise.lexicon import (
    CONTRACTION_STEMS,
    DOSE_FORMS,
    LETTER_CODES,
    NAME_CODES,
    SMALL,
    TIME_NOUNS,
    UNITS,
)
from medscribe_core.normalise.tokens import Tokens

Code = tuple[int, int, str]

_NOT_A_CODE_AFTER = frozenset(["hepatitis", "hep", "plan", "group", "type", "influenza", "flu", "strep"])


def a1c(tokens: Tokens, i: int) -> Code | None:
    """ "a one c" or "a1c" at token ``i``."""
    words = tokens.words
    if words[i] != "a":
        return None
    j = i + 1 if words[i + 1] == "1" else tokens.after(i)
    if not j or words[j] not in ("one", "1"):
        return None
    k = j + 1 if words[j + 1] == "c" else tokens.after(j)
    if not k or words[k] != "c":
        return None
    if i and tokens.ends[i - 1] == tokens.starts[i] and words[i - 1][-1].isalnum():
        return None
    following = words[k + 1]
    if tokens.starts[k + 1] == tokens.ends[k] and following[0].isalnum():
        return None
    return i, k, "A1c"


def name_code(tokens: Tokens, i: int, free_from: int) -> Code | None:
    """ "p h q nine" or "o two" with its number at token ``i``; no token before ``free_from`` is used."""
    words = tokens.words
    first = tokens.before(i)
    if first < free_from:
        return None
    number = str(SMALL.get(words[i], words[i]))
    name = words[first]
    while len(words[first]) == 1 and len(name) < 4 and (name, number) not in NAME_CODES:
        first = tokens.before(first)
        if first < free_from or len(words[first]) != 1:
            return None
        name = words[first] + name
    code = NAME_CODES.get((name, number))
    return (first, i, code) if code and tokens.is_free(first, i) else None


def letter_code(tokens: Tokens, i: int, figure: str, last: int, free_from: int) -> Code | None:
    """ "b twelve", "l four" with the number ``figure`` at tokens ``i``..``last``."""
    p = tokens.before(i)
    letter = tokens.words[p]
    if p < free_from or figure not in LETTER_CODES.get(letter, ()) or not tokens.is_free(p, last):
        return None
    before = tokens.words[p - 1] if p else ""
    if before in CONTRACTION_STEMS or before == "'" or before in _NOT_A_CODE_AFTER:
        return None
    spelled_out = len(before) == 1 and before.isalpha()
    if spelled_out or (before == "vitamin" and letter == "c"):
        return None
    noun = tokens.word_after(last)
    if noun in TIME_NOUNS or noun in DOSE_FORMS or noun in UNITS or noun == "times":
        return None
    return p, last, f"{letter.upper()}{figure}"
