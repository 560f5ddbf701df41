"""Templates with blanks: ``BP ___/___``, ``[ ]``, ``{plan}``. What stands between the blanks is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from medscribe_core.errors import InputError
from medscribe_core.schema import NOTE_SECTIONS, Section

_BLANK = re.compile(r"_{2,}|\[[ _]*\]|\{[ ]*(?P<name>[A-Za-z][A-Za-z0-9 /_-]{0,39})?[ ]*\}")
_NUMBER_AFTER = re.compile(
    r"[ ]?(?:/|%|mm ?Hg\b|mg\b|mcg\b|lbs?\b|kg\b|cm\b|F\b|C\b|bpm\b|days?\b|weeks?\b|months?\b|years?\b)"
)
_NUMBER_BEFORE = re.compile(
    r"(?:/|\b(?:BP|HR|pulse|RR|respirations|temp(?:erature)?|SpO2|O2 sat|weight|height|BMI|HbA1c|A1c|glucose|LDL|age)"
    r"\b:?)[ ]?$",
    re.IGNORECASE,
)
#: A text that ends so is finished, unless it is the number of a list item.
_FINISHED = re.compile(r"[.!?][\"')\]]*\s*$")
#: A list item of which only the number is there.
OPEN_ITEM = re.compile(r"(?:^|[.;!?]\s+)(\d{1,2})\.\s*$")


class BlankSize(StrEnum):
    """How much is to be written into a blank."""

    NUMBER = "number"
    PHRASE = "phrase"
    SECTION = "section"


@dataclass(frozen=True)
class Blank:
    """Characters ``start`` to ``end`` of a section's text are to be replaced by what is written.

    An empty one at the end of the text completes a half-written section.
    """

    start: int
    end: int
    size: BlankSize


def find_blanks(section: Section, text: str) -> list[Blank]:
    """The blanks of a section's text, in order.

    A blank beside a unit, a slash or the name of a vital sign takes a number, ``{plan}`` with the name of its own
    section whatever the section still needs, any other a phrase.
    """
    return [Blank(m.start(), m.end(), _size(section, text, m)) for m in _BLANK.finditer(text)]


def is_half_written(text: str) -> bool:
    """Whether a section's text breaks off: it has something and ends neither in a sentence nor in a blank."""
    if not text.strip() or (_FINISHED.search(text) and not OPEN_ITEM.search(text)):
        return False
    last = [match.end() for match in _BLANK.finditer(text)][-1:]
    return last != [len(text.rstrip())]


def blanks_to_fill(
    section: Section, text: str, rewrite: Sequence[tuple[int, int]] = (), complete: bool | None = None
) -> list[Blank]:
    """All that is to be written in a section with a given text, in order.

    Args:
        rewrite: spans of the text that are to be written anew.
        complete: go on after the end of the text; by default when it is half-written.

    Raises InputError when a span lies outside the text or two overlap.
    """
    blanks = find_blanks(section, text)
    for start, end in rewrite:
        if not 0 <= start < end <= len(text):
            raise InputError(
                f"The span {start} to {end} to be written does not lie in the section {section.value}, which has "
                f"{len(text)} characters."
            )
        blanks = [blank for blank in blanks if not start <= blank.start <= blank.end <= end]
        blanks.append(Blank(start, end, BlankSize.PHRASE))
    blanks.sort(key=lambda blank: blank.start)
    for this, following in pairwise(blanks):
        if following.start < this.end:
            raise InputError(f"The spans to be written in the section {section.value} overlap.")
    if is_half_written(text) if complete is None else complete:
        blanks.append(Blank(len(text), len(text), BlankSize.SECTION))
    return blanks


def has_given_text(text: str) -> bool:
    """Whether a section's text says anything besides its blanks."""
    return any(character.isalnum() for character in _BLANK.sub(" ", text))


def _size(section: Section, text: str, match: re.Match[str]) -> BlankSize:
    name = (match.group("name") or "").strip().lower()
    if name in {s.value for s in NOTE_SECTIONS}:
        return BlankSize.SECTION if name == section.value else BlankSize.PHRASE
    if name:
        return BlankSize.PHRASE
    beside_number = _NUMBER_AFTER.match(text, match.end()) or _NUMBER_BEFORE.search(text[: match.start()])
    return BlankSize.NUMBER if beside_number else BlankSize.PHRASE
