"""Splitting a section's text: sentences, numbered items, items of a list."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from medscribe_core.corpora.text_files import numbered_lines
from medscribe_core.facts.wording import BANKS

_ITEM_START = re.compile(r"(?:^|(?<=[.;!?])\s+|\n)\d{1,2}\.\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"(\[])")
_NO_SENTENCE_END = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|vs|approx)\.$")


def sentences(text: str) -> list[str]:
    """Sentences of a section's text, abbreviations such as "Dr." kept together."""
    parts: list[str] = []
    for part in _SENTENCE_END.split(text.strip()):
        if parts and _NO_SENTENCE_END.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return parts


def numbered_items(text: str) -> list[str]:
    """Items of an assessment or plan without their numbers; sentences when nothing is numbered."""
    text = text.strip()
    if not _ITEM_START.search(text):
        return sentences(text)
    return [item.strip() for item in _ITEM_START.split(text) if item.strip()]


def split_list(text: str, conjunctions: str = "") -> list[str]:
    """Items of a comma list: no split inside brackets or a known phrase, a leading "and" or "or" dropped.

    ``conjunctions`` (e.g. ``"and|or"``) also splits the last item at such a word, when both halves are short or one
    of them is a condition or symptom of the banks.
    """
    protected = protect_phrases(text)
    items = [restore_phrases(re.sub(r"^(?:and|or) ", "", item.strip())) for item in _top_level_commas(protected)]
    if conjunctions and items:
        halves = re.split(rf" (?:{conjunctions}) ", protect_phrases(items[-1]), maxsplit=1)
        halves = [restore_phrases(half) for half in halves]
        short = all(len(half.split()) <= 3 for half in halves)
        if len(halves) == 2 and (short or any(half.lower() in _known_terms() for half in halves)):
            items[-1:] = halves
    return [item for item in items if item]


# Inside a known phrase these are no separators; the characters stand in for them while splitting.
_SEPARATORS = {", ": "\x01", " and ": "\x02", " or ": "\x03", " due to ": "\x04"}


def protect_phrases(text: str) -> str:
    """``text`` with the separators inside known phrases replaced, so that it can be split at the others."""

    def protect(match: re.Match[str]) -> str:
        phrase = match.group(0)
        for separator, stand_in in _SEPARATORS.items():
            phrase = phrase.replace(separator, stand_in)
        return phrase

    return _known_phrases().sub(protect, text)


def restore_phrases(text: str) -> str:
    """Undo :func:`protect_phrases`."""
    for separator, stand_in in _SEPARATORS.items():
        text = text.replace(stand_in, separator)
    return text


@lru_cache(maxsize=1)
def _known_terms() -> frozenset[str]:
    terms: set[str] = set()
    for bank in ("diagnoses", "findings", "symptoms_a", "symptoms_b", "results"):
        for _, line in numbered_lines(BANKS / f"{bank}.jsonl"):
            entry = json.loads(line)
            candidates = [entry.get("note"), entry.get("clinical"), entry.get("note_absent"), *entry.get("values", [])]
            terms.update(term.lower() for term in candidates if isinstance(term, str))
    return frozenset(terms)


@lru_cache(maxsize=1)
def _known_phrases() -> re.Pattern[str]:
    phrases = [term for term in _known_terms() if any(separator in term for separator in _SEPARATORS)]
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)


def _top_level_commas(text: str) -> list[str]:
    items, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth <= 0 and text.startswith(", ", position):
            items.append(text[start:position])
            start = position + 2
    return [*items, text[start:]]
