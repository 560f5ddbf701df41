"""Changing some statements of a section; every other character, and whatever is locked, stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from medscribe_core.editing.edited_phrases import EditedPhrase
from medscribe_core.errors import InputError
from medscribe_core.facts.statements import Statement, statements
from medscribe_core.schema import LIST_SECTIONS, Section, SoapNote

Span = tuple[int, int]


@dataclass(frozen=True)
class Locks:
    """What must stay byte for byte: whole sections, and spans (start, end) of the other sections' texts."""

    sections: frozenset[Section] = frozenset()
    spans: Mapping[Section, Sequence[Span]] = field(default_factory=dict)

    def of(self, section: Section, text: str) -> list[Span]:
        """Locked spans of a section that reads ``text``."""
        return [(0, len(text))] if section in self.sections else list(self.spans.get(section, ()))

    def check(self, note: SoapNote) -> None:
        """Raise InputError when a span does not lie in its section's text."""
        for section, spans in self.spans.items():
            for start, end in spans:
                if not 0 <= start < end <= len(note[section]):
                    raise InputError(
                        f"The locked span {start} to {end} does not lie in the section {section.value}, which has "
                        f"{len(note[section])} characters."
                    )


@dataclass(frozen=True)
class Change:
    """One change of one statement.

    Attributes:
        index: of the statement that is changed or removed; an added one stands after statement ``index`` (-1: first).
        before, after: the statement without its number; empty for an addition and a removal.
        cause: the phrase of the physician's edit that made it necessary.
        confidence: 0 to 1, mean over the tokens that were written.
    """

    section: Section
    kind: Literal["add", "change", "remove"]
    index: int
    before: str
    after: str
    cause: EditedPhrase
    confidence: float


def touches(start: int, end: int, locked: Iterable[Span]) -> bool:
    """Whether a character of ``start`` to ``end`` is locked."""
    return any(start < last and first < end for first, last in locked)


def changeable(found: Sequence[Statement], locked: Sequence[Span]) -> list[int]:
    """Indices of the statements of which nothing is locked."""
    return [i for i, statement in enumerate(found) if not touches(statement.start, statement.end, locked)]


def insertable(found: Sequence[Statement], locked: Sequence[Span]) -> list[int]:
    """Indices of the statements after which something can be added without parting what is locked together.

    -1 where there is no statement at all.
    """
    if not found:
        return [-1]
    after = [i for i, (this, following) in enumerate(pairwise(found)) if not touches(this.end, following.start, locked)]
    end = found[-1].end
    return after if any(first < end < last for first, last in locked) else [*after, len(found) - 1]


@dataclass
class _Item:
    gap: str  # white space before it
    number: str  # with the space after it, empty in running text
    body: str
    gap_locked: bool = False
    number_locked: bool = False


def revise(section: Section, text: str, changes: Sequence[Change], locked: Sequence[Span] = ()) -> str:
    """The text of ``section`` with ``changes`` applied; list numbers are renewed if items came or went.

    Locked numbers keep their value and the ones after them count on from there. A section that loses all its
    statements reads as the house style's "Not discussed.".

    Raises ValueError for a change of something locked.
    """
    if not changes:
        return text
    found = statements(section, text)
    _require_unlocked(found, changes, locked)
    in_list = section in LIST_SECTIONS and (
        any(s.start < s.body for s in found) or text.strip() in ("", section.empty_text)
    )
    replaced = {c.index: c.after for c in changes if c.kind != "add"}
    added: dict[int, list[str]] = {}
    for change in changes:
        if change.kind == "add":
            added.setdefault(change.index, []).append(change.after)
    gap = _usual_gap(found, text)
    new = lambda body: _Item(gap, "0. " if in_list else "", body)  # noqa: E731
    items = [new(body) for body in added.get(-1, ())]
    end = found[0].start if found else len(text)
    for i, statement in enumerate(found):
        item = _Item(
            text[end : statement.start],
            text[statement.start : statement.body],
            replaced.get(i, text[statement.body : statement.end]),
            touches(end, statement.start, locked),
            touches(statement.start, statement.body, locked),
        )
        if in_list and not item.number and i in replaced:
            item.number = "0. "
        if item.body:
            items.append(item)
        elif item.gap_locked:
            items.append(_Item(item.gap, "", "", True))
        items += [new(body) for body in added.get(i, ())]
        end = statement.end
    if not items and not locked:
        return section.empty_text
    if in_list and (added or "" in replaced.values() or not any(s.start < s.body for s in found)):
        _renumber(items)
    if items and not items[0].gap_locked:
        items[0].gap = ""
    first = found[0].start if found else len(text)
    return text[:first] + "".join(i.gap + i.number + i.body for i in items) + text[end:]


def _require_unlocked(found: Sequence[Statement], changes: Sequence[Change], locked: Sequence[Span]) -> None:
    free, open_after = set(changeable(found, locked)), set(insertable(found, locked))
    for change in changes:
        if change.index not in (open_after if change.kind == "add" else free):
            raise ValueError(f"The statement {change.index} of the section {change.section.value} is locked.")


def _usual_gap(found: Sequence[Statement], text: str) -> str:
    gaps = Counter(text[a.end : b.start] for a, b in pairwise(found))
    return gaps.most_common(1)[0][0] if gaps else " "


def _renumber(items: Sequence[_Item]) -> None:
    count = 0
    for item in items:
        if not item.number:
            continue
        if item.number_locked:
            count = int(item.number.split(".")[0])
        else:
            count += 1
            item.number = re.sub(r"^\d+", str(count), item.number)
