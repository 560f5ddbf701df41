"""The statements of a section with the characters that they stand at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medscribe_core.facts import numbered_items, sentences
from medscribe_core.schema import LIST_SECTIONS, Section


@dataclass(frozen=True)
class Statement:
    """A sentence, or an item of a list.

    ``start`` to ``end`` are its characters in the section's text; the number of a list item, with the space after
    it, is ``start`` to ``body``.
    """

    start: int
    body: int
    end: int


def statements(section: Section, text: str) -> list[Statement]:
    """Sentences of HPI, ROS or EXAM, items of ASSESSMENT or PLAN, in order; only white space stands between them."""
    parts = numbered_items(text) if section in LIST_SECTIONS else sentences(text)
    number = r"(?:\d{1,2}\.\s+)?" if section in LIST_SECTIONS else ""
    found: list[Statement] = []
    position = 0
    for part in parts:
        words = r"\s+".join(map(re.escape, part.split()))
        match = re.compile(f"{number}(?P<body>{words})").search(text, position)
        if match is None:
            raise ValueError("A statement of the section does not stand in its text.")
        position = match.end()
        found.append(Statement(match.start(), match.start("body"), position))
    return found
