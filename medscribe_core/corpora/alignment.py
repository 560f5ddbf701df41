"""Where in a transcript a statement of a note was said, guessed from the words that they share."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+|\d+(?:\.\d+)?")
_STEM = 5
#: The shared words must weigh this much: one rare word and a common one, or two numbers.
_LEAST = 3.0


def align(statements: Sequence[str], transcript: str) -> list[tuple[int, int] | None]:
    """Of each statement the characters of the sentence that shares most with it; None where none shares enough.

    A word weighs more the fewer sentences of the transcript have it.
    """
    spans = [match.span() for match in _SENTENCE.finditer(transcript) if match.group().strip()]
    stems = [_stems(transcript[start:end]) for start, end in spans]
    known = Counter(stem for found in stems for stem in found)
    weight = {stem: math.log(1 + len(spans) / count) for stem, count in known.items()}
    found: list[tuple[int, int] | None] = []
    for statement in statements:
        wanted = _stems(statement)
        scores = [sum(weight[stem] for stem in wanted & own) for own in stems]
        best = max(range(len(spans)), key=scores.__getitem__, default=None)
        found.append(spans[best] if best is not None and scores[best] >= _LEAST else None)
    return found


def _stems(text: str) -> set[str]:
    return {word.lower()[:_STEM] for word in _WORD.findall(text) if len(word) > 2 or word[0].isdigit()}
