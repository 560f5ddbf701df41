"""Spoken numbers -> figures. Reads one number at a time; what a number means in its place is decided elsewhere."""

from __future__ import annotations

from medscribe_core.normalise.groups import Whole, WholeReader
from medscribe_core.normalise.lexicon import (
    AFTER_POINT_NUMBER,
    BEFORE_EITHER_POINT,
    BEFORE_POINT_NOUN,
    DIGITS,
    OH,
    ONES,
    PLURALS,
    SCALES,
    SMALL,
    TEENS,
    TEMPERATURE,
    TENS,
    THERMOMETRY,
    TIME_NOUNS,
    UNITS,
)
from medscribe_core.normalise.times import Reading, clock, past_the_hour, year_or_acuity

_FRACTIONS = {"half": ".5", "quarter": ".25"}
_PAUSES = frozenset([".", ",", ";", "?", "\n", ""])


class NumberReader(WholeReader):
    """Reads any number that begins at a token of ``tokens``, with its decimals and fractions."""

    def read(self, i: int) -> Reading | None:
        """The number that begins at token ``i``, as written figures, or None."""
        word = self.words[i]
        if word in ("point", "oh", "o"):
            return self._bare_decimal(i) if word == "point" else None
        if word in PLURALS:
            return (f"{PLURALS[word]}s", i) if word != "hundreds" else None
        special = clock(self, i) or past_the_hour(self, i) or year_or_acuity(self, i) or self._plural(i)
        if special:
            return special
        whole = self._literal(i) if word[:1].isdigit() else self.whole(i)
        if whole is None:
            return None
        value, last = whole
        if isinstance(value, str):
            return whole
        return self._decimals(i, value, last) or self._with_fraction(value, last) or (str(value), last)

    def _literal(self, i: int) -> Whole | Reading | None:
        word = self.words[i]
        j = self.tokens.after(i)
        scale = SCALES.get(self.words[j], 0) if j else 0
        if not word.isdigit() or len(word) > 6:
            parts = word.split(".")
            if scale and len(parts) == 2 and len(word) < 8 and "," not in word:
                return f"{float(word) * scale:.0f}", j
            return word, i
        if str(int(word)) != word:
            return word, i
        return self.scaled(int(word), j) if scale else (int(word), i)

    def _decimals(self, i: int, value: int, last: int) -> Reading | None:
        j = self.tokens.after(last)
        if j and self.words[j] == "and" and value % 100 == 0 and self.tokens.word_after(j) == "point":
            j = self.tokens.after(j)
        if j and self.words[j] == "point":
            digits = self._after_point(j)
            return (f"{value}.{digits[0]}", digits[1]) if digits else None
        if j and self.words[j] in ONES and 95 <= value <= 106 and self._is_tenth(i, last, j):
            return f"{value}.{ONES[self.words[j]]}", j
        return None

    def _is_tenth(self, i: int, last: int, j: int) -> bool:
        """Whether the digit at ``j`` is the tenth of a temperature: "ninety-eight six"."""
        following = self.tokens.word_after(j)
        if following in SMALL or following in OH or following in SCALES or following in ("point", "over"):
            return False
        if following in TIME_NOUNS or self.is_count(last, j):
            return False
        if self.tokens.said_before(i, TEMPERATURE, 8) or following in ("degrees", "fahrenheit"):
            return True
        return any(self.words[j + 1 : j + 1 + len(way)] == list(way) for way in THERMOMETRY)

    def _after_point(self, point: int) -> Reading | None:
        """The digits said after "point" at index ``point``."""
        i = self.tokens.after(point)
        word = self.words[i] if i else ""
        if word in TEENS or word in TENS:
            value, last = self.below_hundred(i)
            return str(value), last
        if word.isdigit() and word.isascii():
            return word, i
        if word not in DIGITS:
            return None
        digits, last = str(DIGITS[word]), i
        while len(digits) < 3:
            i = self.tokens.after(last)
            if not i or self.words[i] not in DIGITS or self._starts_another(last, i):
                break
            digits += str(DIGITS[self.words[i]])
            last = i
        if digits == "0" and (i := self.tokens.after(last)) and self.words[i] in TEENS | TENS:
            value, last = self.below_hundred(i)
            digits += str(value)
        return digits, last

    def _starts_another(self, last: int, i: int) -> bool:
        """Whether the digit at ``i`` begins the next number instead of adding a decimal place."""
        following = self.tokens.word_after(i)
        if following in TEENS or following in TENS or following in SCALES or following in ("point", "over", "out"):
            return True
        return following in TIME_NOUNS or self.is_count(last, i)

    def _bare_decimal(self, i: int) -> Reading | None:
        """ "point five" -> 0.5, unless "point" is a noun."""
        j = self.tokens.after(i)
        before = self.tokens.word_before(i)
        if not j or self.words[j] not in DIGITS or before in BEFORE_POINT_NOUN:
            return None
        if self.words[j] in ("oh", "o") and self.tokens.word_after(j) not in DIGITS:
            return None
        digits = self._after_point(i)
        if digits is None or self.tokens.word_after(digits[1]) in TIME_NOUNS:
            return None
        if before in BEFORE_EITHER_POINT and not self._ends_amount(digits[1]):
            return None
        return f"0.{digits[0]}", digits[1]

    def _ends_amount(self, last: int) -> bool:
        """Whether what follows token ``last`` shows that an amount ended there and no noun was counted."""
        following = self.tokens.word_after(last)
        if self.words[last + 1] in _PAUSES or following in AFTER_POINT_NUMBER:
            return True
        return following in UNITS and UNITS[following] not in ("cm", "mm")

    def _with_fraction(self, value: int, last: int) -> Reading | None:
        """ "two and a half" -> 2.5."""
        j = self.tokens.after(last)
        if not j or self.words[j] != "and":
            return None
        k = self.tokens.after(j)
        if k and self.words[k] in ("a", "one"):
            k = self.tokens.after(k)
        if k and self.words[k] in _FRACTIONS:
            return f"{value}{_FRACTIONS[self.words[k]]}", k
        if k and self.words[k] == "three" and self.tokens.word_after(k) == "quarters":
            return f"{value}.75", self.tokens.after(k)
        return None

    def _plural(self, i: int) -> Reading | None:
        """ "one twenties" -> 120s, "five hundreds" -> 500s."""
        j = self.tokens.after(i)
        if not j or self.words[i] not in ONES or self.words[j] not in PLURALS:
            return None
        if self.words[j] == "hundreds":
            return f"{ONES[self.words[i]]}00s", j
        return f"{ONES[self.words[i]] * 100 + PLURALS[self.words[j]]}s", j
