"""No assertion that the model is unsure of: uncertain statements are withheld from a note and listed for the reader."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from medscribe_core.facts import split_list
from medscribe_core.schema import LIST_SECTIONS, Section

#: Where no support model is there, a statement is withheld when the least probability of its tokens, when they were
#: committed, is less than this.
WITHHOLD_TOKENS_BELOW = 0.3

_ITEM_START = re.compile(r"(?:^|(?<=[.;!?])\s+)\d{1,2}\.\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_LEAD = {
    Section.HPI: re.compile(r"(?:Current medications include|History of)\s+"),
    Section.ROS: re.compile(r"(?:Positive|Negative) for\s+"),
    Section.EXAM: re.compile(r"[A-Z][A-Za-z]+(?: [a-z]+)?:\s+"),
}
#: The opening says who the patient is; without it nothing else of the note can be read.
_OPENING = re.compile(r"\bpresents (?:with|for)\b")


@dataclass(frozen=True)
class Withheld:
    """A statement that was left out: its text as it would have read and how sure the model was of it."""

    section: Section
    text: str
    confidence: float

    @property
    def sentence(self) -> str:
        """What a reader is told of it."""
        return f"Left out of {self.section.name}, {self.confidence:.0%} sure: {self.text}"


@dataclass(frozen=True)
class Unit:
    """Characters ``start`` to ``end`` that stand or fall together, the ``lead`` of the list they are in, if any."""

    start: int
    end: int
    lead: str = ""


def withhold(section: Section, text: str, sure: Mapping[Unit, float], threshold: float) -> tuple[str, list[Withheld]]:
    """The section without its uncertain statements, and these.

    The most certain one of a section always stays: a section that reads "Not performed." would be a statement too.

    Args:
        sure: how sure the model is of each of ``statement_units(section, text)``, 0 to 1.
    """
    groups = statement_units(section, text)
    if not sure:
        return text, []
    best = max(sure.values())
    kept = [[u for u in group if sure[u] >= min(threshold, best) or _stays(section, text, u)] for group in groups]
    left_out = [
        Withheld(section, f"{unit.lead}{text[unit.start : unit.end]}".strip(" ,;"), sure[unit])
        for group, stay in zip(groups, kept, strict=True)
        for unit in group
        if unit not in stay
    ]
    if not left_out:
        return text, []
    parts = [_rebuilt(section, text, group, stay) for group, stay in zip(groups, kept, strict=True) if stay]
    return " ".join(parts), left_out


def statement_units(section: Section, text: str) -> list[list[Unit]]:
    """The statements of a section, in groups that share a sentence.

    A statement is an item of a list (a symptom, a finding, a drug, a numbered item) or else a sentence.
    """
    return _numbered(text) if section in LIST_SECTIONS else _sentences(section, text)


def _stays(section: Section, text: str, unit: Unit) -> bool:
    return section is Section.HPI and bool(_OPENING.search(text[unit.start : unit.end]))


def _numbered(text: str) -> list[list[Unit]]:
    """One group an item, its number left out."""
    starts = [match.span() for match in _ITEM_START.finditer(text)]
    if not starts:
        return [[Unit(start, end)] for start, end in _sentence_spans(text)]
    ends = [*(begin for begin, _ in starts[1:]), len(text)]
    return [[Unit(body, end)] for (_, body), end in zip(starts, ends, strict=True) if text[body:end].strip()]


def _sentences(section: Section, text: str) -> list[list[Unit]]:
    """One group a sentence: its list items, or the sentence itself."""
    groups = []
    for start, end in _sentence_spans(text):
        lead = _LEAD[section].match(text, start, end)
        items = _items(section, lead.group(), text[lead.end() : end].rstrip(" .")) if lead else []
        units, position = [], lead.end() if lead else start
        for item in items:
            at = text.find(item, position, end)
            if at < 0:
                break
            units.append(Unit(at, at + len(item), lead.group() if lead else ""))
            position = at + len(item)
        groups.append(units if items and len(units) == len(items) else [Unit(start, end)])
    return groups


def _items(section: Section, lead: str, body: str) -> list[str]:
    if section is not Section.HPI:
        return split_list(body)
    if lead.startswith("History"):
        return split_list(body, "and")
    items = split_list(body)
    return [*items[:-1], *re.split(r" and (?=[a-z])", items[-1])] if items else []


def _sentence_spans(text: str) -> list[tuple[int, int]]:
    starts = [0, *(match.end() for match in _SENTENCE_END.finditer(text))]
    return [(a, b) for a, b in zip(starts, [*starts[1:], len(text)], strict=True) if text[a:b].strip()]


def _rebuilt(section: Section, text: str, group: list[Unit], stay: list[Unit]) -> str:
    """The group's text with what stays; characters of a whole group are not touched."""
    if section in LIST_SECTIONS:
        return f"1. {text[stay[0].start : stay[0].end].strip()}"  # numbers are renewed afterwards
    if not stay[0].lead:
        return text[stay[0].start : stay[0].end].strip()
    items = [text[unit.start : unit.end] for unit in stay]
    if section is Section.HPI and len(items) > 1:
        items[-2:] = [" and ".join(items[-2:])]
    return f"{stay[0].lead}{', '.join(items)}."
