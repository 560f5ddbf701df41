"""Finds the numbers of a visit and writes them as the house style does: "152/94", "20 mg", "0.5 tablet", "A1c"."""

from __future__ import annotations

from medscribe_core.normalise.amounts import article_counts, half_of, one_counts
from medscribe_core.normalise.codes import Code, a1c, letter_code, name_code
from medscribe_core.normalise.grammar import NumberReader
from medscribe_core.normalise.lexicon import ORDINALS, PLURALS, SCALES, SMALL, TENS, TIME_NOUNS, UNITS
from medscribe_core.normalise.offsets import Edit
from medscribe_core.normalise.times import Reading
from medscribe_core.normalise.tokens import Tokens

_TRIGGERS = frozenset([*SMALL, *SCALES, *PLURALS, "zero", "point", "half", "quarter", "a", "an"])
#: Units that may be glued to their figure: "20mg".
_GLUED_UNITS = frozenset(["mg", "mcg", "kg", "ml", "lb", "lbs", "%"])


def number_edits(text: str) -> list[Edit]:
    """Edits that write the numbers of ``text`` (already cleaned) as figures; sorted, not overlapping."""
    return _Rewriter(text).run()


class _Rewriter:
    """One pass over a text; ``done`` is the first token that no edit has used yet."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = Tokens(text)
        self.words = self.tokens.words
        self.reader = NumberReader(self.tokens)
        self.edits: list[Edit] = []
        self.done = 0

    def run(self) -> list[Edit]:
        for i in [i for i, w in enumerate(self.words) if w in _TRIGGERS or "0" <= w[:1] <= "9"]:
            if i >= self.done:
                self.done = self._rewrite(i)
        return self.edits

    def _rewrite(self, i: int) -> int:
        """Write what begins at token ``i``; returns the first token that is not used up."""
        word = self.words[i]
        if word in ("a", "an", "one", "half"):
            end = self._amount(i, word)
            if end:
                return end
        code = name_code(self.tokens, i, self.done)
        if code:
            return self._code(code)
        reading = self.reader.read(i)
        if reading is None or not self.tokens.is_free(i, reading[1] + self._has_glued_unit(reading[1])):
            return i + 1
        figure, last = reading
        if word.isalpha() and self._is_ordinal(last):
            return last + 1
        code = letter_code(self.tokens, i, figure, last, self.done)
        if code:
            return self._code(code)
        if word == "one" and last == i and not one_counts(self.tokens, i):
            return i + 1
        self._put(i, last, figure)
        return self._follow(i, figure, last)

    def _amount(self, i: int, word: str) -> int:
        code = a1c(self.tokens, i)
        if code:
            return self._code(code)
        half = half_of(self.tokens, i)
        if half:
            self._put(i, *half)
            return half[0] + 1
        if word in ("a", "an") and article_counts(self.tokens, i):
            self._put(i, i, "1")
            return self._unit(i)
        return 0

    def _code(self, code: Code) -> int:
        self._put(*code)
        return code[1] + 1

    def _put(self, first: int, last: int, new: str) -> None:
        self._edit(self.tokens.starts[first], self.tokens.ends[last], new)

    def _edit(self, start: int, end: int, new: str) -> None:
        if self.text[start:end] != new:
            self.edits.append((start, end, new))

    def _follow(self, first: int, figure: str, last: int) -> int:
        """Write what belongs to the number that ends at token ``last``: a second number, a sign or a unit."""
        if figure[-1] == "s":
            return last + 1
        second = self._second_number(first, figure, last)
        if second:
            j, (figure, end) = second
            self._edit(self.tokens.ends[last], self.tokens.starts[j], "/")
            self._put(j, end, figure)
            last = end
        j = self.tokens.after(last)
        word = self.words[j] if j else ""
        if word == "plus" and figure in ("1", "2", "3", "4") and self.tokens.word_after(j) not in SMALL:
            self._edit(self.tokens.ends[last], self.tokens.ends[j], "+")
            return j + 1
        if word in ("degrees", "fahrenheit"):
            k = j if word == "fahrenheit" else self.tokens.after(j)
            if k and self.words[k] == "fahrenheit":
                self._edit(self.tokens.ends[last], self.tokens.ends[k], " F")
                return k + 1
        return self._unit(last)

    def _second_number(self, first: int, figure: str, last: int) -> tuple[int, Reading] | None:
        """The number after "over" or "out of" that makes a reading or a score with ``figure``."""
        j = self.tokens.after(last)
        word = self.words[j] if j else ""
        if word == "out" and self.tokens.word_after(j) == "of":
            k = self.tokens.after(self.tokens.after(j))
        elif word == "over":
            k = self.tokens.after(j)
        else:
            return None
        reading = self.reader.read(k) if k and figure.isdigit() else None
        if reading is None or not reading[0].isdigit() or reading[0] == "1":
            return None
        # "5/5 over 3": a pair takes no third number.
        if self.words[first - 1 if first else -1] == "/" or self.words[reading[1] + 1] == "/":
            return None
        if not self.tokens.is_free(k, reading[1]) or self.tokens.word_after(reading[1]) in TIME_NOUNS:
            return None
        return k, reading

    def _unit(self, last: int) -> int:
        tokens = self.tokens
        j = tokens.after(last)
        glued = self._has_glued_unit(last)
        if glued:
            j = last + 1
        symbol = UNITS.get(self.words[j]) if j else None
        if symbol is None or not (glued or tokens.is_free(j, j)):
            return last + 1
        self._edit(tokens.ends[last], tokens.ends[j], symbol if symbol == "%" else f" {symbol}")
        return j + 1

    def _has_glued_unit(self, last: int) -> bool:
        return self.tokens.starts[last + 1] == self.tokens.ends[last] and self.words[last + 1] in _GLUED_UNITS

    def _is_ordinal(self, last: int) -> bool:
        """Whether an ordinal or a fraction goes on from the number word ``last``: "twenty-first", "two thirds"."""
        j = self.tokens.after(last)
        if not j or self.words[j] not in ORDINALS:
            return False
        return self.words[j] != "second" or (j == last + 2 and self.words[last] in TENS)
