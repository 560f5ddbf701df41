"""Which words of a section an edit changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

MAX_PHRASES = 6
_JOINED_WITHIN = 2  # unchanged words between two changes that still make one phrase


@dataclass(frozen=True)
class EditedPhrase:
    """``before`` became ``after``, which stands at ``start`` to ``end`` of the new text; either may be empty."""

    before: str
    after: str
    start: int
    end: int

    def undone(self, new_text: str) -> str:
        """The new text with this phrase alone as it was."""
        left, right = new_text[: self.start], new_text[self.end :]
        if self.before and not self.after:
            left += "" if not left or left[-1].isspace() else " "
            right = f" {right}" if right else ""
        return left + self.before + right


def edited_phrases(before: str, after: str, limit: int = MAX_PHRASES) -> list[EditedPhrase]:
    """The changed phrases in order, at most ``limit``: those with the fewest unchanged words between are joined.

    White space is no change: texts with the same words have no edited phrase.
    """
    old, new = (list(re.finditer(r"\S+", text)) for text in (before, after))
    matcher = SequenceMatcher(None, [m.group() for m in old], [m.group() for m in new], autojunk=False)
    ranges = [(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    while len(ranges) > 1:
        apart = [following[2] - this[3] for this, following in pairwise(ranges)]
        nearest = min(apart)
        if nearest > _JOINED_WITHIN and len(ranges) <= limit:
            break
        i = apart.index(nearest)
        ranges[i : i + 2] = [(ranges[i][0], ranges[i + 1][1], ranges[i][2], ranges[i + 1][3])]
    return [_phrase(before, after, old[a:b], new[c:d], new[c:]) for a, b, c, d in ranges]


def _phrase(
    before: str, after: str, old: list[re.Match[str]], new: list[re.Match[str]], rest: list[re.Match[str]]
) -> EditedPhrase:
    was = before[old[0].start() : old[-1].end()] if old else ""
    if new:
        start, end = new[0].start(), new[-1].end()
    else:
        start = end = rest[0].start() if rest else len(after)
    return EditedPhrase(was, after[start:end], start, end)
