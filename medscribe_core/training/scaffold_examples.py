"""Notes laid out by their content plan as examples (see ``sampling/scaffold.py``)."""

from __future__ import annotations

import random
from dataclasses import replace

from medscribe_core.model.config import STATEMENT_BUCKETS
from medscribe_core.note_lists import NOTE_LISTS
from medscribe_core.sampling.scaffold import Planned, lay_out_plan
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.training.examples import Example, View, statement_bucket

#: How often a fact is followed in the plan by one that is none and whose slot stays empty.
_DECOYS = 0.12
_OPENING = NOTE_LISTS.index("hpi: complaints")


def scaffold_example(tokenizer: ClinicalTokenizer, base: Example, rng: random.Random) -> Example | None:
    """The example ``base`` with one slot for every statement that rests on words of the context, and for the opening.

    None if it does not fit the canvas.
    """
    begins = {fact.source for fact in base.facts}
    planned: list[Planned] = []
    evidence_of: dict[int, list[int]] = {}
    for fact in base.facts:
        if fact.source < 0 and fact.list != _OPENING:
            continue
        first = base.sections.index(fact.section.index) + 1 + fact.start
        ids, evidence = (part[first : first + fact.length] for part in (base.note_ids, base.evidence))
        ids = _padded(tokenizer, ids, rng)
        planned.append(Planned(fact.list, fact.source, len(ids), ids=tuple(ids)))
        evidence_of[id(planned[-1])] = [*evidence, *[-1] * (len(ids) - len(evidence))]
        wrong = rng.randrange(len(base.context_ids))
        if rng.random() < _DECOYS and wrong not in begins:
            length = fact.length + rng.randint(0, 3)
            planned.append(Planned(fact.list, wrong, length, ids=(tokenizer.pad_id,) * length))
    found = lay_out_plan(tokenizer, planned, {})
    if len(found.facts) < len(planned):
        return None
    evidence = [-1] * len(found.ids)
    for number, fact in enumerate(found.facts):
        if own := evidence_of.get(id(fact)):
            first = found.slots.index(number)
            evidence[first : first + len(own)] = own
    headers = set(tokenizer.header_ids.values())
    return replace(
        base,
        note_ids=found.ids,
        sections=found.sections,
        header=[token in headers for token in found.ids],
        evidence=evidence,
        view=View(found.slots, [False] * len(found.ids), found.sources),
    )


def _padded(tokenizer: ClinicalTokenizer, ids: list[int], rng: random.Random) -> list[int]:
    """The statement with what its slot has beyond it: as long as its bucket, or some more."""
    length = max(len(ids), STATEMENT_BUCKETS[statement_bucket(len(ids))] + rng.choice((-1, 0, 0, 1, 2, 3)))
    return [*ids, *[tokenizer.pad_id] * (length - len(ids))]
