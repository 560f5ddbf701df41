"""Input normalisation: numbers heard become figures, and every character keeps its place in the original.

The model then copies "152/94" instead of learning that it was said "one fifty-two over ninety-four", while evidence
is still shown in the speaker's own words.
"""

from __future__ import annotations

from medscribe_core.normalise.cleaning import clean
from medscribe_core.normalise.offsets import NormalisedText
from medscribe_core.normalise.rewrite import number_edits

__all__ = ["NormalisedText", "normalise"]

_MAX_PASSES = 8


def normalise(text: str) -> NormalisedText:
    """Tidy the characters of ``text`` and write the numbers in it as figures.

    Accepts any text. Idempotent: rules are applied until nothing changes, because a number that has been written can
    be the context of the next one. Linear in the length of ``text``.
    """
    result = clean(text)
    for _ in range(_MAX_PASSES):
        edits = number_edits(result.text)
        if not edits:
            break
        result = result.edited(edits)
    return result
