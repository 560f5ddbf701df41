"""A physician's edit of a simulated note and what else has to change with it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from medscribe_core.schema import NOTE_SECTIONS, PatientContext, Section
from medscribe_core.simulator.banks import load_banks
from medscribe_core.simulator.fact_changes import ALONE, LINKED, Change, leave_out
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.note import write_note

_LINKED_FIRST = 0.85


def draw_edit(facts: Sequence[Fact], context: PatientContext, split: str, rng: random.Random) -> dict[str, Any]:
    """An edit in the authored format: section, new_content, expected changes, unchanged sections.

    The physician changes one fact in one section against what was said. ``expected`` holds the new text
    of the other sections that rest on the same fact (a home drug that the plan continues, the side of a
    complaint); it is empty where nothing else has to change. Facts are not altered.
    """
    banks = load_banks(split)
    linked, alone = list(LINKED), list(ALONE)
    rng.shuffle(linked)
    rng.shuffle(alone)
    makers = linked + alone if rng.random() < _LINKED_FIRST else alone + linked
    before = write_note(facts, context)
    for maker in [*makers, leave_out]:
        made = maker(facts, banks, rng)
        edit = _edit(facts, context, *made) if made else None
        if edit and edit["new_content"] != before[Section(edit["section"])]:
            return edit
    raise ValueError("a note without facts cannot be edited")


def _edit(facts: Sequence[Fact], context: PatientContext, section: Section, change: Change) -> dict[str, Any]:
    before = write_note(facts, context)
    changed = [change.get(i, fact) for i, fact in enumerate(facts)]
    after = write_note([fact for fact in changed if fact is not None], context)
    expected = {s.value: after[s] for s in NOTE_SECTIONS if s is not section and after[s] != before[s]}
    return {
        "section": section.value,
        "new_content": after[section],
        "expected": expected,
        "unchanged": [s.value for s in NOTE_SECTIONS if s is not section and s.value not in expected],
    }
