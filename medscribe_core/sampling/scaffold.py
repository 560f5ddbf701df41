"""A note laid out as its content plan says: one slot a fact, in its list, each told where the fact is said.

All facts can then be written at the same time, each in a few steps; a slot that turns out to be no fact stays empty.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from medscribe_core.model.config import STATEMENT_BUCKETS
from medscribe_core.note_lists import NOTE_LISTS, is_enumeration, lead_of, section_of
from medscribe_core.sampling.canvas import MAX_NOTE_TOKENS, Canvas
from medscribe_core.schema import LIST_SECTIONS, NOTE_SECTIONS, Section
from medscribe_core.tokenizer import ClinicalTokenizer

#: A fact is planned where the chance that one begins passes this: a slot too many stays empty, one too few is lost.
PLAN_THRESHOLD = 0.2
#: Beginnings of the same list this close together are one.
_APART = 2
#: A slot holds this quantile of the lengths that its statement may have, and one token more.
_LENGTH_QUANTILE = 0.8
_OPENING = NOTE_LISTS.index("hpi: complaints")
_OPENING_LENGTH = 28
_CHARTED = ("hpi: medications", "hpi: conditions")
#: The lists as they are laid out: in the HPI the course of the illness stands before those of the chart.
ORDER = sorted(range(len(NOTE_LISTS)), key=lambda i: (section_of(i).index, NOTE_LISTS[i] in _CHARTED))


@dataclass(frozen=True)
class Planned:
    """One fact of a plan.

    Attributes:
        list: its list, an index in NOTE_LISTS.
        source: the context token at which it is said; -1: none.
        length: positions of its slot.
        chance: of its being a fact.
        ids: what its slot holds where that is known (in training), else it is to be written.
    """

    list: int
    source: int
    length: int
    chance: float = 1.0
    ids: tuple[int, ...] = ()


@dataclass
class Scaffold:
    """A canvas in the making; ``ids``, ``sections``, ``slots`` and ``sources`` have one entry a position.

    Attributes:
        slots: number of the slot that the position belongs to, -1 for text that stands.
        sources: context token at which the slot's fact begins, -1 where none is known.
        facts: what every slot is for.
    """

    ids: list[int] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    facts: list[Planned] = field(default_factory=list)

    def stand(self, section: int, ids: Sequence[int]) -> None:
        """Text that stands: headers, leads, separators, given sections."""
        self._add(section, ids, -1, -1)

    def slot(self, section: int, fact: Planned, mask_id: int) -> None:
        """A slot of a fact."""
        self._add(section, fact.ids or [mask_id] * fact.length, len(self.facts), fact.source)
        self.facts.append(fact)

    def _add(self, section: int, ids: Sequence[int], slot: int, source: int) -> None:
        self.ids += ids
        self.sections += [section] * len(ids)
        self.slots += [slot] * len(ids)
        self.sources += [source] * len(ids)

    @property
    def canvas(self) -> Canvas:
        """As the denoising loop takes it: slots are to be written."""
        return Canvas(self.ids, self.sections, [slot >= 0 for slot in self.slots])


def planned_facts(plan_logits: Tensor, mask: Tensor | None, threshold: float = PLAN_THRESHOLD) -> list[Planned]:
    """The facts of a content plan, list by list, in the order in which they are said.

    Args:
        plan_logits: (Lc, 2 LISTS + buckets) of one context.
        mask: (Lc,) True at real tokens.
    """
    chances = torch.sigmoid(plan_logits[:, : len(NOTE_LISTS)].float())
    if mask is not None:
        chances = chances * mask[:, None]
    around = torch.nn.functional.max_pool1d(chances.T[None], 2 * _APART + 1, stride=1, padding=_APART)[0].T
    cumulative = torch.softmax(plan_logits[:, 2 * len(NOTE_LISTS) :].float(), dim=-1).cumsum(dim=-1)
    buckets = (cumulative < _LENGTH_QUANTILE).sum(dim=-1).clamp(max=len(STATEMENT_BUCKETS) - 1).tolist()
    found: list[Planned] = []
    for token, index in ((chances >= around) & (chances > threshold)).nonzero().tolist():
        found.append(Planned(index, token, STATEMENT_BUCKETS[buckets[token]] + 1, float(chances[token, index])))
    openings = [fact for fact in found if fact.list == _OPENING]
    opening = max(openings, key=lambda fact: fact.chance, default=Planned(_OPENING, -1, _OPENING_LENGTH))
    return [opening, *(fact for fact in found if fact.list != _OPENING)]


def lay_out_plan(
    tokenizer: ClinicalTokenizer, facts: Sequence[Planned], given: Mapping[Section, Sequence[int]]
) -> Scaffold:
    """The scaffold of a plan with the ``given`` sections' ids in place, each list in the order in which it is said.

    Of a plan that does not fit the canvas the facts with the smallest chance are left out.
    """
    facts = [fact for fact in facts if section_of(fact.list) not in given]
    while True:
        found = _laid_out(tokenizer, facts, given)
        if len(found.ids) <= MAX_NOTE_TOKENS or not facts:
            return found
        excess = len(found.ids) - MAX_NOTE_TOKENS
        by_chance = sorted(facts, key=lambda fact: fact.chance)
        freed = list(itertools.accumulate(fact.length for fact in by_chance))
        dropped = by_chance[: next((i + 1 for i, length in enumerate(freed) if length >= excess), len(facts))]
        facts = [fact for fact in facts if fact not in dropped]


def _laid_out(
    tokenizer: ClinicalTokenizer, facts: Sequence[Planned], given: Mapping[Section, Sequence[int]]
) -> Scaffold:
    found = Scaffold()
    for section in NOTE_SECTIONS:
        found.stand(section.index, [tokenizer.header_ids[section]])
        own = [fact for fact in facts if section_of(fact.list) is section]
        if section in given:
            found.stand(section.index, given[section])
        elif not own:
            found.stand(section.index, tokenizer.encode(section.empty_text))
        number = 1
        for index in ORDER:
            items = sorted((fact for fact in own if fact.list == index), key=lambda fact: fact.source)
            for place, fact in enumerate(items):
                if section in LIST_SECTIONS:
                    found.stand(section.index, tokenizer.encode(f"{number}."))
                    number += 1
                elif is_enumeration(index):
                    found.stand(section.index, _before_item(tokenizer, index, place, len(items)))
                found.slot(section.index, fact, tokenizer.mask_id)
            if items and is_enumeration(index):
                found.stand(section.index, [tokenizer.id_of(".")])
    return found


def _before_item(tokenizer: ClinicalTokenizer, index: int, place: int, count: int) -> list[int]:
    """The lead before the first item, a comma before the others; in the HPI ``and`` before the last one."""
    if place == 0:
        return tokenizer.encode(lead_of(index))
    last = section_of(index) is Section.HPI and place == count - 1
    comma = [] if last and count == 2 else [tokenizer.id_of(",")]
    return [*comma, *tokenizer.encode("and")] if last else comma
