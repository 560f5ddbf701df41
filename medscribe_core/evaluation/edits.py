"""Edit propagation: the reference note is edited, the model says what else has to change.

A change is expected where the note that agrees with the edit differs from the reference outside the edited section.
It is made in a section when the proposed text states every fact that the change adds and none that it takes away, word
for word where the change is of no fact. Text is untouched where both notes have the same statement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.corpora.authored import edited_note
from medscribe_core.errors import MedScribeError
from medscribe_core.evaluation.bootstrap import BOOTSTRAP_SEED, estimate
from medscribe_core.evaluation.matching import match_facts
from medscribe_core.evaluation.running import summary
from medscribe_core.facts.extraction import NoteFact, section_facts
from medscribe_core.facts.statements import statements
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote


class PropagationLike(Protocol):
    """What this evaluation needs of a propagation."""

    note: SoapNote
    timings: dict[str, float]


class EditingEngine(Protocol):
    """What this evaluation needs of an engine; NoteEngine is one."""

    def propagate(self, encounter: Encounter, note: SoapNote, section: str, new_content: str) -> PropagationLike:
        """Propose what else has to change."""


def evaluate_edits(
    engine: EditingEngine, visits: Sequence[AuthoredEncounter], *, advance: Callable[[], None] = lambda: None
) -> dict[str, Any] | None:
    """Figures with intervals over the visits that have an edit; None if there are none.

    ``change_made`` is the share of expected section changes made, also ``forward`` (later sections than the edited
    one) and ``backward``; ``untouched_kept`` the share of the statements to be left alone that still stand, word for
    word; ``wrong_changes`` the changes a visit in which a section that had to stay differs. ``do_nothing`` has the same
    for an engine that changes nothing. An edit that the engine refuses counts as nothing changed. ``advance`` is
    called after every visit.
    """
    rows: list[np.ndarray] = []
    idle: list[np.ndarray] = []
    milliseconds: list[float] = []
    failures = 0
    for visit in visits:
        if visit.edit is not None:
            edited = visit.note.model_copy(update={visit.edit.section: visit.edit.new_content})
            proposed = edited
            try:
                found = engine.propagate(visit.encounter, visit.note, visit.edit.section, visit.edit.new_content)
            except MedScribeError:
                failures += 1
            else:
                proposed = found.note
                milliseconds.append(found.timings["total"])
            rows.append(_row(visit, proposed))
            idle.append(_row(visit, edited))
        advance()
    if not rows:
        return None
    return {
        "edits": len(rows),
        **_figures(rows),
        "do_nothing": _figures(idle),
        "latency_ms": summary(milliseconds),
        "failures": failures,
    }


#: Columns of a row: expected and made changes forward, the same backward, statements to keep and kept, wrong changes.
_FORWARD, _BACKWARD, _KEPT, _WRONG = slice(0, 2), slice(2, 4), slice(4, 6), 6


def _row(visit: AuthoredEncounter, proposed: SoapNote) -> np.ndarray:
    assert visit.edit is not None
    row = np.zeros(7)
    edited, wanted = Section(visit.edit.section), edited_note(visit.note, visit.edit)
    for section in NOTE_SECTIONS:
        if section is edited:
            continue
        before, after, text = (note[section] for note in (visit.note, wanted, proposed))
        if after != before:
            columns = _FORWARD if section.index > edited.index else _BACKWARD
            row[columns] += 1, change_made(section, before, after, text)
        else:
            row[_WRONG] += text != before
        keep = _bodies(section, before) & _bodies(section, after)
        row[_KEPT] += keep.total(), (keep & _bodies(section, text)).total()
    return row


def change_made(section: Section, before: str, after: str, text: str) -> bool:
    """Whether ``text`` of a section carries the change of ``before`` to ``after``."""
    old, new, found = (section_facts(section, part) for part in (before, after, text))
    added, removed = _only(new, old), _only(old, new)
    if not added and not removed:
        return text == after
    return not _only(added, found) and len(_only(removed, found)) == len(removed)


def _only(facts: Sequence[NoteFact], others: Sequence[NoteFact]) -> list[NoteFact]:
    return [facts[i] for i in match_facts(facts, others).missed]


def _bodies(section: Section, text: str) -> Counter[str]:
    return Counter(text[statement.body : statement.end] for statement in statements(section, text))


def _figures(rows: Sequence[np.ndarray]) -> dict[str, Any]:
    values = np.array(rows)

    def share(*columns: slice) -> dict[str, float]:
        both = sum(values[:, part] for part in columns)
        return estimate(both, lambda m: m[:, 1] / np.maximum(m[:, 0], 1e-12), BOOTSTRAP_SEED)

    return {
        "change_made": share(_FORWARD, _BACKWARD),
        "forward": share(_FORWARD),
        "backward": share(_BACKWARD),
        "untouched_kept": share(_KEPT),
        "wrong_changes": estimate(values[:, [_WRONG]], lambda m: m[:, 0], BOOTSTRAP_SEED),
        "expected_changes": int(values[:, [0, 2]].sum()),
    }
