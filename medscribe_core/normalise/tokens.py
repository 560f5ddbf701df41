"""Words, figures and marks of a text with their places."""

from __future__ import annotations

import re

# Figures such as "98.6" and "1,000" are one token; a letter keeps the accents typed after it.
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W0-9]+[\u0300-\u036f]*(?:'[^\W0-9]+)*|\n|[^\s]")
_FAR = 1 << 60


class Tokens:
    """Parallel lists of lower-case words, start and end offsets, closed by sentinels that follow nothing."""

    __slots__ = ("ends", "size", "starts", "words")

    def __init__(self, text: str) -> None:
        matches = list(_TOKEN.finditer(text))
        self.size = len(matches)
        self.words = [m.group().lower() for m in matches] + [""] * 4
        self.starts = [m.start() for m in matches] + [_FAR] * 4
        self.ends = [m.end() for m in matches] + [_FAR] * 4

    def after(self, i: int) -> int:
        """Index of the token that one space or a tight hyphen joins to token ``i``; 0 if there is none."""
        j = i + 1
        gap = self.starts[j] - self.ends[i]
        if gap == 1:
            return j
        if gap == 0 and self.words[j] == "-" and self.starts[j + 1] == self.ends[j]:
            return j + 1
        return 0

    def before(self, i: int) -> int:
        """Index of the token that one space or a tight hyphen joins in front of token ``i``; -1 if there is none."""
        if i == 0:
            return -1
        gap = self.starts[i] - self.ends[i - 1]
        if gap == 1:
            return i - 1
        if gap == 0 and i > 1 and self.words[i - 1] == "-" and self.ends[i - 2] == self.starts[i - 1]:
            return i - 2
        return -1

    def word_after(self, i: int) -> str:
        """The word joined to token ``i``, or an empty string."""
        j = self.after(i)
        return self.words[j] if j else ""

    def word_before(self, i: int) -> str:
        """The word joined in front of token ``i``, or an empty string."""
        j = self.before(i)
        return self.words[j] if j >= 0 else ""

    def said_before(self, i: int, words: frozenset[str], reach: int = 7) -> bool:
        """Whether one of ``words`` is among the ``reach`` tokens in front of token ``i``."""
        return not words.isdisjoint(self.words[max(0, i - reach) : i])

    def is_free(self, first: int, last: int) -> bool:
        """Whether tokens ``first``..``last`` stand apart from letters and figures around them ("b12", "2nd")."""
        if first and self.ends[first - 1] == self.starts[first] and self.words[first - 1][-1].isalnum():
            return False
        following = self.words[last + 1]
        return not (following and self.starts[last + 1] == self.ends[last] and following[0].isalnum())
