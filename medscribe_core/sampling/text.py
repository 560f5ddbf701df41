"""From committed tokens to the text of a section: the one place that does it."""

from __future__ import annotations

import re

from medscribe_core.schema import LIST_SECTIONS, Section
from medscribe_core.tokenizer import ClinicalTokenizer

_DOUBLED = re.compile(r"\b([^\W\d]\w*(?: \w+){0,5})[,;]? \1\b(?=[,.;]|$)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t]{2,}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_ITEM = re.compile(r"\d{1,2}\.\s+")
_ITEM_START = re.compile(r"(?<=[.;!?])\s+(?=\d{1,2}\.\s)")
_NUMBER = re.compile(r"(?:^|(?<=[.;!?] ))\d{1,2}\.(?=\s)")


def section_text(tokenizer: ClinicalTokenizer, ids: list[int], section: Section) -> str:
    """Readable text of a section's tokens, [PAD] dropped; see :func:`tidy`."""
    return tidy(tokenizer.decode(ids), section)


def tidy(text: str, section: Section) -> str:
    """Decoded text of a section with doubled phrases and sentences written once, items renumbered.

    A section without text reads as the house style's "Not discussed.".
    """
    text = drop_repeats(_SPACES.sub(" ", text).strip())
    if section in LIST_SECTIONS:
        text = renumber(text)
    return text or section.empty_text


def drop_repeats(text: str) -> str:
    """Remove a sentence (or list item) that already stands in the section and a phrase that directly follows itself."""
    parts = _ITEM_START.split(text) if _ITEM.match(text) else _SENTENCE_END.split(text)
    seen: set[str] = set()
    kept = []
    for part in parts:
        key = _ITEM.sub("", part).strip().lower()
        if key and key in seen:
            continue
        seen.add(key)
        kept.append(part)
    return _DOUBLED.sub(r"\1", " ".join(kept))


def renumber(text: str) -> str:
    """Number the items of a list 1, 2, 3, ... in the order in which they stand; text without numbers is kept."""
    counter = 0

    def following(_: re.Match[str]) -> str:
        nonlocal counter
        counter += 1
        return f"{counter}."

    return _NUMBER.sub(following, text)
