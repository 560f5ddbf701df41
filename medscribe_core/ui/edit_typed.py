"""Where in a section the user's own words stand, while its text changes around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from medscribe_core.editing.edited_phrases import edited_phrases
from medscribe_core.editing.revision import Span


def typed_after_edit(before: str, after: str, typed: Sequence[Span]) -> tuple[Span, ...]:
    """Spans of ``after`` that the user typed: what is left of ``typed`` (spans of ``before``) and what is new."""
    new = [(phrase.start, phrase.end) for phrase in edited_phrases(before, after) if phrase.after]
    return _merged([*moved(before, after, typed), *new])


def moved(before: str, after: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Where the words of ``spans`` stand when ``before`` has become ``after``.

    A span that ``after`` still has somewhere as a whole is found as a whole, of a broken one the words that are left.
    """
    old, new = (list(re.finditer(r"\S+", text)) for text in (before, after))
    matcher = SequenceMatcher(None, [m.group() for m in old], [m.group() for m in new], autojunk=False)
    place = {a + i: b + i for a, b, size in matcher.get_matching_blocks() for i in range(size)}
    found: list[Span] = []
    for start, end in spans:
        words = [i for i, m in enumerate(old) if m.start() < end and start < m.end() and i in place]
        left = [new[place[i]].span() for i in words]
        whole = before[start:end]
        at = left[0][0] if left else start
        if whole.strip() and after[at : at + len(whole)] != whole and whole in after:
            at = min((m.start() for m in re.finditer(re.escape(whole), after)), key=lambda other: abs(other - at))
        found += [(at, at + len(whole))] if after[at : at + len(whole)] == whole else left
    return _merged(found)


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, overlapping ones joined."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
