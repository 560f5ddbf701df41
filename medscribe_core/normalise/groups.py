"""Whole numbers in words: "fifty-two", "one fifty-two", "two oh three", "a hundred and one", "twenty-five hundred"."""

from __future__ import annotations

from medscribe_core.normalise.lexicon import (
    DIGITS,
    DOSE_FORMS,
    ONES,
    SCALES,
    SHORT_DIGIT_NAMES,
    SMALL,
    TAKING,
    TEENS,
    TENS,
    TIME_NOUNS,
    UNITS,
)
from medscribe_core.normalise.tokens import Tokens

#: A number's value and the index of its last token.
Whole = tuple[int, int]

#: After these, "one" is a pronoun and the number begins with the next word: "the last one ten weeks ago".
_BEFORE_PRONOUN = frozenset(["last", "first", "the", "this", "that", "next", "latest", "previous"])
_ARTICLES = frozenset(["a", "an", "the", "this", "that", "her", "his", "my", "your", "each", "another"])
_A_MINUTE = (["a", "minute"], ["per", "minute"], ["every", "minute"])


class WholeReader:
    """Reads the whole number that begins at a token of ``tokens``."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.words = tokens.words

    def whole(self, i: int) -> Whole | None:
        """The whole number that begins at token ``i``, or None."""
        word = self.words[i]
        if word in ("a", "an"):
            j = self.tokens.after(i)
            return self.scaled(1, j) if j and self.words[j] in SCALES else None
        if word in SCALES:
            return self.scaled(1, i)
        if word == "zero":
            return 0, i
        if word not in SMALL:
            return None
        value, last = self._grouped(i)
        j = self.tokens.after(last)
        return self.scaled(value, j) if j and self.words[j] in SCALES else (value, last)

    def below_hundred(self, i: int) -> Whole:
        """The number of one or two words at token ``i``, which must be a word below 100."""
        word = self.words[i]
        if word in TENS:
            j = self.tokens.after(i)
            if j and self.words[j] in ONES and not self.is_count(i, j) and not self._opens_hundred(i, j):
                return TENS[word] + ONES[self.words[j]], j
        return SMALL[word], i

    def _opens_hundred(self, i: int, j: int) -> bool:
        """Whether "one" at ``j`` begins the next reading of a list: "one seventy | one fifty-five"."""
        if self.words[j] not in ("one", "two") or j != i + 1:
            return False
        following = self.tokens.word_after(j)
        return self.tokens.word_before(i) in ("one", "two") and (following in TENS or following in TEENS)

    def _grouped(self, i: int) -> Whole:
        """A number below 100, or two groups said in a row: "one fifty-two", "two oh three", "twelve fifty"."""
        word = self.words[i]
        value, last = self.below_hundred(i)
        j = self.tokens.after(last)
        if not j or word in TENS:
            return value, last
        following = self.words[j]
        if word in ONES:
            if following in TEENS or following in TENS:
                small, end = self.below_hundred(j)
                if self._counts_doses(i, j, end):
                    return value, last
                if word == "one" and self.tokens.word_before(i) in _BEFORE_PRONOUN:
                    return (value * 100 + small, end) if self.tokens.word_after(end) not in TIME_NOUNS else (1, i)
                return value * 100 + small, end
            return self._spelled(i) or (value, last)
        if following in TENS:
            small, end = self.below_hundred(j)
            noun = self.tokens.word_after(end)
            # "fifteen twenty minutes" is a range, "twelve fifty" is a dose.
            if noun not in TIME_NOUNS and noun not in ("times", "pounds", "percent", "feet", "miles", "steps"):
                return value * 100 + small, end
        if following in ("oh", "o"):
            k = self.tokens.after(j)
            if k and self.words[k] in ONES:
                return value * 100 + ONES[self.words[k]], k
        return value, last

    def _counts_doses(self, i: int, j: int, end: int) -> bool:
        """Whether the number at ``i`` counts doses of the strength at ``j``..``end``.

        "take one | twenty milligram tablet", "one | thirty-milligram tablet"; not "a one fifty-milligram tablet".
        """
        tokens, words = self.tokens, self.words
        unit = tokens.after(end)
        form = tokens.after(unit) if unit else 0
        if j != i + 1 or not form or words[unit] not in UNITS or words[form] not in DOSE_FORMS:
            return False
        if (words[i] == "one") == words[form].endswith("s"):
            return False
        before = tokens.word_before(i)
        return before in TAKING or (unit == end + 2 and before not in _ARTICLES)

    def _spelled(self, i: int) -> Whole | None:
        """Digits said one by one: "two oh three", "nine one one", "four-zero", a telephone number."""
        digits, ends = str(ONES[self.words[i]]), [i]
        j = self.tokens.after(i)
        while j and self.words[j] in DIGITS and len(digits) < 12:
            digits += str(DIGITS[self.words[j]])
            ends.append(j)
            j = self.tokens.after(j)
        if digits[:3] in SHORT_DIGIT_NAMES:
            return int(digits[:3]), ends[2]
        if len(digits) >= 3 and digits[1] == "0" and not self.is_count(ends[1], ends[2]):
            return int(digits[:3]), ends[2]
        if len(digits) == 2 and self.words[ends[1]] == "zero":
            return int(digits), ends[1]
        if len(digits) in (7, 10) and not j and self.tokens.word_before(i) not in DIGITS:
            return int(digits), ends[-1]
        return None

    def scaled(self, value: int, i: int) -> Whole:
        """``value`` times the scale word at ``i``, and what is added: "hundred and one", "thousand five hundred"."""
        scale = SCALES[self.words[i]]
        value, last = value * scale, i
        j = self.tokens.after(last)
        if j and self.words[j] == "and":
            k = self.tokens.after(j)
            j = k if k and self.words[k] in SMALL else 0
        elif j and self.words[j] in SMALL and self.is_count(last, j, with_time=True):
            j = 0
        if j and self.words[j] in SMALL:
            small, end = self.below_hundred(j)
            k = self.tokens.after(end)
            if scale > 100 and k and self.words[k] == "hundred":
                small, end = self.scaled(small, k)
            value, last = value + small, end
        k = self.tokens.after(last)
        if k and self.words[k] in SCALES and scale < SCALES[self.words[k]]:
            return self.scaled(value, k)
        return value, last

    def is_count(self, i: int, j: int, with_time: bool = False) -> bool:
        """Whether the small number at ``j`` counts what follows it: "seven fifty | three times a day"."""
        tokens, words = self.tokens, self.words
        if j != i + 1:
            return False
        last = self.below_hundred(j)[1] if words[j] in TEENS or words[j] in TENS else j
        k = tokens.after(last)
        noun = words[k] if k else ""
        if noun in ("or", "to") and words[j] in ONES and tokens.word_after(k) in ONES:
            noun = tokens.word_after(tokens.after(k))
        if noun == "times":
            # "breathing twenty three times a minute" is one number.
            return words[j] in ONES and words[k + 1 : k + 3] not in _A_MINUTE
        if noun in DOSE_FORMS:
            return words[j] in ONES and (words[j] == "one") != noun.endswith("s")
        return with_time and noun in TIME_NOUNS and words[last] not in TENS
