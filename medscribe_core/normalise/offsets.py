"""The normalised text with the way back to what was said."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

#: Replace ``text[start:end]`` by the string.
Edit = tuple[int, int, str]


@dataclass(frozen=True)
class NormalisedText:
    """Text after normalisation; character ``i`` stands for ``original[starts[i]:ends[i]]``.

    ``starts`` and ``ends`` never decrease. A character that was only inserted has an empty span.
    """

    text: str
    starts: list[int]
    ends: list[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Span ``[start, end)`` of the normalised text -> the smallest span of the original that covers it."""
        start, end = max(0, start), min(end, len(self.text))
        if start >= end:
            here = self.starts[start] if start < len(self.text) else (self.ends[-1] if self.ends else 0)
            return here, here
        return self.starts[start], self.ends[end - 1]

    def normalised_span(self, start: int, end: int) -> tuple[int, int]:
        """Span of the original -> the smallest span of the normalised text that covers what is left of it."""
        first = bisect_right(self.ends, start)
        last = bisect_left(self.starts, end)
        return (first, last) if first < last else (first, first)

    def edited(self, edits: list[Edit]) -> NormalisedText:
        """Apply ``edits`` (sorted, not overlapping, in this text's characters); each keeps its original span."""
        text, starts, ends = [], [], []
        done = 0
        for start, end, new in edits:
            text.append(self.text[done:start])
            starts += self.starts[done:start]
            ends += self.ends[done:start]
            if new:
                span = (self.starts[start], self.ends[end - 1]) if end > start else self._gap(start)
                text.append(new)
                starts += [span[0]] * len(new)
                ends += [span[1]] * len(new)
            done = end
        text.append(self.text[done:])
        starts += self.starts[done:]
        ends += self.ends[done:]
        return NormalisedText("".join(text), starts, ends)

    def _gap(self, position: int) -> tuple[int, int]:
        here = self.ends[position - 1] if position else 0
        return here, here
