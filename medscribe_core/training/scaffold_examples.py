"""Notes laid out by their content plan as examples (see ``sampling/scaffold.py``)."""

from __future__ import annotations

import random
from dataclasses import replace

from medscribe_core.model.config import STATEMENT_BUCKETS
from medscribe_core.sampling.scaffold import Scaffold
from medscribe_core.schema import NOTE_SECTIONS
from medscribe_core.tokenizer import ClinicalTokenizer
from medscribe_core.training.examples import Example, View, statement_bucket

#: How often a slot is followed by one that is no fact and stays empty.
_DECOYS = 0.12


def scaffold_example(
    tokenizer: ClinicalTokenizer, base: Example, rng: random.Random, max_note_tokens: int = 512
) -> Example | None:
    """The example ``base`` with one slot a statement; None if it does not fit the canvas."""
    found = Scaffold()
    evidence: list[int] = []
    begins = {fact.source for fact in base.facts}
    for section in NOTE_SECTIONS:
        first = base.sections.index(section.index) + 1
        length = base.lengths[section.index]
        ids, marks = (part[first : first + length] for part in (base.note_ids, base.evidence))
        found.stand(section.index, [tokenizer.header_ids[section]])
        evidence.append(-1)
        at = 0
        for fact in [fact for fact in base.facts if fact.section is section]:
            end = fact.start + fact.length
            found.stand(section.index, ids[at : fact.start])
            found.slot(section.index, _padded(tokenizer, ids[fact.start : end], rng), fact.source, fact.list)
            evidence += [*marks[at:end], *[-1] * (len(found.ids) - len(evidence) - (end - at))]
            at = end
            wrong = rng.randrange(len(base.context_ids))
            if rng.random() < _DECOYS and wrong not in begins:
                found.slot(section.index, [tokenizer.pad_id] * (fact.length + rng.randint(0, 3)), wrong, fact.list)
                evidence += [-1] * (len(found.ids) - len(evidence))
        found.stand(section.index, ids[at:])
        evidence += marks[at:]
    if len(found.ids) > max_note_tokens:
        return None
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
