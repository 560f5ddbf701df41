"""Infilling: one or two sections of the reference are given, the model writes the others.

Acceptance is the proxy of ``acceptance.py`` for the whole note; facts are those of the written sections only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.errors import MedScribeError
from medscribe_core.evaluation.acceptance import failed_criteria
from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED
from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.evaluation.figures import FIGURES
from medscribe_core.facts.extraction import section_facts
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote

_FIGURE_KEYS = ("acceptance_proxy", "facts_captured", "unsupported_share", "contradicted_share")


class InfillingLike(Protocol):
    """What this evaluation needs of an infilled note."""

    note: SoapNote


class InfillingEngine(Protocol):
    """What this evaluation needs of an engine; NoteEngine is one."""

    def infill(
        self,
        encounter: Encounter,
        given: Mapping[Section, str],
        *,
        policy: str | None,
        steps: int | None,
        seed: int | None,
    ) -> InfillingLike:
        """Write the sections that ``given`` does not have."""


def given_sections(visit: AuthoredEncounter, seed: int) -> dict[Section, str]:
    """One or two sections of the reference that have content, drawn by seed and visit; empty if only one has any."""
    filled = [section for section in NOTE_SECTIONS if section_facts(section, visit.note[section])]
    draw = random.Random(f"{seed}:{visit.id}")
    chosen = draw.sample(filled, min(draw.choice((1, 2)), max(len(filled) - 1, 0)))
    return {section: visit.note[section] for section in NOTE_SECTIONS if section in chosen}


def evaluate_infilling(
    engine: InfillingEngine,
    visits: Sequence[AuthoredEncounter],
    *,
    policy: str | None,
    steps: int | None,
    seed: int | None,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, Any] | None:
    """Figures with intervals and counts over the visits with two filled sections or more; None if there are none.

    ``given_changed`` counts notes in which a given section did not come back byte for byte. A visit that the engine
    refuses counts as an empty note. ``advance`` is called after every visit.
    """
    rows: list[dict[str, Any]] = []
    given_changed = failures = 0
    for visit in visits:
        given = given_sections(visit, seed or 0)
        if given:
            try:
                note = engine.infill(visit.encounter, given, policy=policy, steps=steps, seed=seed).note
            except MedScribeError:
                failures += 1
                note = SoapNote()
            else:
                given_changed += any(note[section] != text for section, text in given.items())
            rows.append(_row(visit.note, note, given))
        advance()
    if not rows:
        return None
    figures = {figure.key: figure.of(rows, BOOTSTRAP_SEED) for figure in FIGURES if figure.key in _FIGURE_KEYS}
    return {"visits": len(rows), **figures, "given_changed": given_changed, "failures": failures}


def _row(reference: SoapNote, note: SoapNote, given: Mapping[Section, str]) -> dict[str, Any]:
    blank = {section.value: "" for section in given}
    written = compare_notes(reference.model_copy(update=blank), note.model_copy(update=blank))
    return {
        "accepted": not failed_criteria(compare_notes(reference, note)),
        "reference_facts": len(written.gold),
        "predicted_facts": len(written.guess),
        "captured": len(written.match.pairs),
        "unsupported": len(written.match.unsupported),
        "contradicted": len(written.match.conflicts),
    }
