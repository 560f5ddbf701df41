"""A physician's edit of a simulated note and what else has to change with it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from medscribe_core.schema import NOTE_SECTIONS, PatientContext, Section, SoapNote
from medscribe_core.simulator import fact_changes, judgement_changes
from medscribe_core.simulator.banks import load_banks
from medscribe_core.simulator.fact_changes import Change, leave_out
from medscribe_core.simulator.facts import Fact
from medscribe_core.simulator.note import write_note
from medscribe_core.simulator.note_checks import check_note

_LINKED = (*fact_changes.LINKED, *judgement_changes.LINKED)
_ALONE = (*fact_changes.ALONE, *judgement_changes.ALONE)
_LINKED_FIRST = 0.88
#: The kind that nearly every note allows, and how often it is tried only after the others.
_COMMONEST, _RARER = "symptom", 0.8

#: What a physician may change. All but ``severity`` and ``follow_up`` can concern other sections.
EDIT_KINDS = tuple(sorted({kind for kind, _ in (*_LINKED, *_ALONE)}))


def draw_edit(
    facts: Sequence[Fact], context: PatientContext, split: str, rng: random.Random, kind: str | None = None
) -> dict[str, Any]:
    """An edit in the authored format: section, new_content, expected changes, unchanged sections, and its kind.

    The physician changes one fact in one section against what was said. ``expected`` holds the new text
    of the other sections that rest on the same fact (a home drug that the plan continues, the side of a
    complaint); it is empty where nothing else has to change. Facts are not altered. The edited note
    contradicts itself nowhere unless the given one did. ``kind`` asks for one of ``EDIT_KINDS``.

    Raises ValueError if there are no facts, or none that can be changed in the way asked for.
    """
    banks = load_banks(split)
    linked, alone = list(_LINKED), list(_ALONE)
    rng.shuffle(linked)
    rng.shuffle(alone)
    if rng.random() < _RARER:
        linked.sort(key=lambda item: item[0] == _COMMONEST)
    makers = linked + alone if kind or rng.random() < _LINKED_FIRST else alone + linked
    before = write_note(facts, context)
    sound = not check_note(before)
    for name, maker in [*makers, *([] if kind else [("left_out", leave_out)])]:
        made = maker(facts, banks, rng) if kind in (None, name) else None
        if made is None:
            continue
        section, change = made
        after = _changed(facts, change, context)
        if after[section] != before[section] and not (sound and check_note(after)):
            return {"kind": name} | _edit(before, after, section)
    raise ValueError("No fact of the note can be edited in that way." if facts else "A note without facts has no edit.")


def _changed(facts: Sequence[Fact], change: Change, context: PatientContext) -> SoapNote:
    changed = [change.get(i, fact) for i, fact in enumerate(facts)]
    return write_note([fact for fact in changed if fact is not None], context)


def _edit(before: SoapNote, after: SoapNote, section: Section) -> dict[str, Any]:
    expected = {s.value: after[s] for s in NOTE_SECTIONS if s is not section and after[s] != before[s]}
    return {
        "section": section.value,
        "new_content": after[section],
        "expected": expected,
        "unchanged": [s.value for s in NOTE_SECTIONS if s is not section and s.value not in expected],
    }
