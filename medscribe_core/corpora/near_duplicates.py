"""Near-duplicate texts, found exactly: Jaccard similarity of word shingles through an inverted index.

Two sets of similarity t or more share one of their first ``|x| - ceil(t |x|) + 1`` elements in any fixed order
(prefix filter; Chaudhuri, Ganti and Kaushik, ICDE 2006). The order here is that of the shingles' checksums, so the
index grows with the prefixes only and nothing has to be counted beforehand.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import defaultdict

import numpy as np

_WORD = re.compile(r"\w+")


class NearDuplicates:
    """Remembers texts and tells which remembered one a new text repeats.

    Args:
        threshold: Jaccard similarity from which two texts are near duplicates, above 0 and up to 1.
        words: words a shingle; a shorter text is one shingle.

    Raises:
        ValueError: the threshold or the number of words is out of range.
    """

    def __init__(self, threshold: float = 0.8, words: int = 4):
        if not 0 < threshold <= 1 or words < 1:
            raise ValueError("The threshold must be in (0, 1] and a shingle needs a word.")
        self.threshold = threshold
        self.words = words
        self._keys: list[str] = []
        self._sets: list[np.ndarray] = []
        self._index: defaultdict[int, list[int]] = defaultdict(list)

    def find(self, text: str) -> str | None:
        """The key of the first remembered text that ``text`` is a near duplicate of."""
        return self._find(shingles(text, self.words))

    def add(self, key: str, text: str) -> str | None:
        """Like :meth:`find`; a text that repeats none is remembered under ``key``."""
        found = shingles(text, self.words)
        match = self._find(found)
        if match is None:
            for shingle in self._prefix(found):
                self._index[shingle].append(len(self._keys))
            self._keys.append(key)
            self._sets.append(found)
        return match

    def _find(self, found: np.ndarray) -> str | None:
        candidates = {at for shingle in self._prefix(found) for at in self._index.get(shingle, ())}
        for at in sorted(candidates):
            if jaccard(self._sets[at], found) >= self.threshold:
                return self._keys[at]
        return None

    def _prefix(self, found: np.ndarray) -> list[int]:
        # The small term keeps 0.8 * 5 from being rounded up to 5.
        return found[: len(found) - math.ceil(self.threshold * len(found) - 1e-9) + 1].tolist()


def shingles(text: str, words: int = 4) -> np.ndarray:
    """Sorted distinct 32-bit checksums of the runs of ``words`` lower-case words in ``text`` (at least one)."""
    tokens = _WORD.findall(text.lower())
    runs = range(max(len(tokens) - words + 1, 1))
    return np.array(sorted({zlib.crc32(" ".join(tokens[i : i + words]).encode()) for i in runs}), dtype=np.uint32)


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Shared share of two sorted sets of checksums, 0 to 1."""
    small, large = sorted((len(first), len(second)))
    if small == 0 or large == 0:
        return 0.0
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (small + large - shared)
