"""Numbers as clinicians and patients say them.

A value is said in words ("one fifty-two", "a hundred and one point two"), in digits as speech
recognition writes it ("152", "101.2"), or mixed; ``digits`` is the probability of digits.
"""

from __future__ import annotations

import random
import re

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip

_UNITS = {
    "mg": "milligrams",
    "mcg": "micrograms",
    "g": "grams",
    "mL": "milliliters",
    "mEq": "milliequivalents",
    "lb": "pounds",
    "%": "percent",
    "F": "degrees",
}
_PLUS = re.compile(r"\b(\d)\+")
_UNIT_WORDS = {"mcg": ("micrograms", "mikes"), "mL": ("milliliters", "mils", "cc"), "mEq": ("milliequivalents", "mEq")}
_QUANTITY = re.compile(
    r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)(?:([-/])(\d[\d,]*(?:\.\d+)?))?(?: ?(mg|mcg|mL|mEq|g|lb|F|%)(?![a-zA-Z/]))?"
)


def below_hundred(n: int) -> str:
    """``n`` (0 to 99) in words, hyphenated: ``fifty-two``."""
    if n < 20:
        return _ONES[n]
    tens, ones = divmod(n, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def integer_words(n: int, rng: random.Random) -> str:
    """A way to say ``n`` (0 to 999,999), e.g. 152 as "one fifty-two" or "a hundred and fifty-two"."""
    if n < 100:
        return below_hundred(n)
    if n < 1000:
        return _hundreds(n, rng)
    if n < 10_000 and n % 1000 and n % 100 == 0 and rng.random() < 0.6:
        return f"{below_hundred(n // 100)} hundred"
    if 1000 < n < 10_000 and n % 100 >= 10 and n % 1000 >= 100 and rng.random() < 0.5:
        hundred = " hundred" if rng.random() < 0.5 else ""
        return f"{below_hundred(n // 100)}{hundred} {below_hundred(n % 100)}"
    thousands, rest = divmod(n, 1000)
    head = "a thousand" if thousands == 1 and rng.random() < 0.5 else f"{_plain(thousands)} thousand"
    if not rest:
        return head
    return f"{head} {'and ' if rest < 100 else ''}{_plain(rest)}"


def _plain(n: int) -> str:
    if n < 100:
        return below_hundred(n)
    hundreds, rest = divmod(n, 100)
    return f"{_ONES[hundreds]} hundred" + (f" {below_hundred(rest)}" if rest else "")


def _hundreds(n: int, rng: random.Random) -> str:
    hundreds, rest = divmod(n, 100)
    choice = rng.random()
    if not rest:
        return "a hundred" if hundreds == 1 and choice < 0.5 else f"{_ONES[hundreds]} hundred"
    if choice < 0.5:
        return f"{_ONES[hundreds]} {f'oh {_ONES[rest]}' if rest < 10 else below_hundred(rest)}"
    if hundreds == 1 and choice < 0.75:
        return f"a hundred {'and ' if choice < 0.65 or rest < 10 else ''}{below_hundred(rest)}"
    return f"{_ONES[hundreds]} hundred {'and ' if choice < 0.85 or rest < 10 else ''}{below_hundred(rest)}"


def decimal_words(text: str, rng: random.Random, *, terse: bool = False, halves: bool = True) -> str:
    """A way to say a decimal such as ``101.2`` or ``0.25``.

    ``terse`` allows "ninety-eight six" and "one oh one two", usual for temperatures, ``halves`` "two and a half".
    """
    whole, _, fraction = text.partition(".")
    if whole in ("", "0"):
        head = "" if rng.random() < 0.55 else "zero " if rng.random() < 0.6 else "oh "
        return f"{head}point {_fraction(fraction, rng)}"
    if halves and fraction == "5" and int(whole) < 13 and rng.random() < 0.2:
        return f"{integer_words(int(whole), rng)} and a half"
    if terse and len(fraction) == 1 and fraction != "0" and int(whole) % 10 and rng.random() < 0.35:
        return f"{integer_words(int(whole), rng)} {_ONES[int(fraction)]}"
    return f"{integer_words(int(whole), rng)} point {_fraction(fraction, rng)}"


def _fraction(digits: str, rng: random.Random) -> str:
    if len(digits) == 2 and digits[0] not in "0" and rng.random() < 0.5:
        return below_hundred(int(digits))
    return " ".join("oh" if d == "0" and rng.random() < 0.5 else _ONES[int(d)] for d in digits)


def say_number(text: str, rng: random.Random, digits: float, *, terse: bool = False, halves: bool = True) -> str:
    """Say a number given in digits (``152``, ``98.6``, ``-2.5``, ``50,000``)."""
    negative = text.startswith("-")
    bare = text.lstrip("-").replace(",", "")
    if rng.random() < digits:
        spoken = text.lstrip("-")
    elif "." in bare:
        spoken = decimal_words(bare, rng, terse=terse, halves=halves)
    else:
        spoken = integer_words(int(bare), rng)
    return f"{rng.choice(('minus', 'negative'))} {spoken}" if negative else spoken


def say_quantities(text: str, rng: random.Random, digits: float) -> str:
    """Say every number of a note's wording, with its unit: ``20 mg twice`` as "twenty milligrams twice"."""

    def spoken(match: re.Match[str]) -> str:
        first, joint, second, unit = match.groups()
        parts = say_number(first, rng, digits, halves=not second)
        if second:
            between = {"/": "out of" if second in ("10", "30", "3", "27", "21") else "over", "-": ""}[joint or "-"]
            as_digits = parts == first
            other = second if as_digits else say_number(second, rng, 0.0, halves=False)
            parts = first + joint + second if as_digits else " ".join(filter(None, (parts, between, other)))
        if not unit:
            return parts
        return f"{parts}{'' if unit == '%' and parts == first else ' '}{_unit(unit, first, parts, rng)}"

    if rng.random() >= digits:
        text = _PLUS.sub(r"\1 plus", text)
    return _QUANTITY.sub(spoken, text)


def _unit(unit: str, number: str, spoken: str, rng: random.Random) -> str:
    if spoken[0].isdigit():
        return unit if rng.random() < 0.65 else _UNITS[unit]
    if unit == "mg" and rng.random() < 0.06:
        return "mg"
    word = rng.choice(_UNIT_WORDS[unit]) if unit in _UNIT_WORDS and rng.random() < 0.2 else _UNITS[unit]
    return word[:-1] if number == "1" and word.endswith("s") else word


def other_number(text: str, rng: random.Random) -> str:
    """A nearby but different number in the same format: what a speaker says before correcting it."""
    bare = text.replace(",", "")
    if "." in bare:
        places = len(bare.partition(".")[2])
        value = float(bare)
        shifted = value + rng.choice((1, 2, 0.3)) if value < 2 else value + rng.choice((-1, 1, 2, -0.2, 0.3))
        return f"{shifted:.{places}f}"
    n = int(bare)
    steps = (1, 2) if n < 3 else (1, 2, -1) if n < 15 else (5, 10, -10, 20) if n < 200 else (50, 100, -50)
    return str(n + rng.choice(steps))
