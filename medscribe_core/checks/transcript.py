"""Whether a text can be the transcript of a visit at all."""

from __future__ import annotations

import re
import unicodedata

from medscribe_core.errors import InputError

MIN_WORDS = 5
MAX_WORDS = 20_000
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
#: Everyday English words; a visit in English, however it is written down, is full of them.
_ENGLISH = frozenset(
    """
    a about all an and any are at back be been but can come daily day days denies did do doctor does don't down
    feel feels few for from get go going good got had has have he her here him his history how i i'll i'm i've
    if in is it it's its just know last let's like little look lot make me mg more my need new night no not now
    of off oh okay on one or other our out over pain patient presents reports right said say see she so some
    start still take taking than that that's the them then there they this time to today too twice up us want
    was we we'll week weeks well were what when which who will with would yeah year years yes you you're your
    """.split()  # noqa: SIM905
)
_MIN_ENGLISH_SHARE = 0.12
_LANGUAGE_WORDS = 12  # fewer words than this say too little about the language


def check_transcript(text: str) -> None:
    """Raise InputError with one sentence if ``text`` is empty, too short or long, binary, or not English."""
    if not text.strip():
        raise InputError("The transcript is empty.")
    visible = [c for c in text if not c.isspace()]
    control = sum(unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") or c == "\ufffd" for c in visible)
    if "\x00" in text or control > 0.02 * len(visible) + 2:
        raise InputError("The transcript is not text: it looks like a binary file.")
    words = _WORD.findall(text.lower())
    tokens = len(text.split())
    if tokens > MAX_WORDS:
        raise InputError(f"The transcript has {tokens:,} words; at most {MAX_WORDS:,} can be read.")
    if len(words) < MIN_WORDS:
        raise InputError(f"The transcript has fewer than {MIN_WORDS} words; paste what was said in the visit.")
    latin = sum("LATIN" in unicodedata.name(c, "") for c in visible if c.isalpha())
    letters = sum(c.isalpha() for c in visible)
    english = sum(word in _ENGLISH for word in words) / len(words)
    if latin < 0.7 * letters or (len(words) >= _LANGUAGE_WORDS and english < _MIN_ENGLISH_SHARE):
        raise InputError("The transcript does not seem to be in English, the only language that is supported.")
