"""Would a physician sign the note without an edit? A written rubric that stands in for one: the acceptance proxy.

A note is accepted when none of the criteria of :data:`RUBRIC` fails. Facts are those of ``facts.py``, matched as in
``matching.py``. What is major:

- contradicted: every fact that says something else than the reference about the same thing (negation, side, drug,
  dose, number, status, action); a mere exclusive wording (mild, severe) only in a major kind;
- unsupported: who the patient is, a complaint, a diagnosis, a drug, a plan item, a vital or a result; any statement
  that names a drug;
- omitted: a complaint, a diagnosis, a drug, a plan item; an allergy.

Other unsupported facts (a detail of the history, a symptom, a finding, a cause, a duration) may be one in ten of the
note's facts, other omitted ones one in five of the reference's. A note that is as long as the reference by a factor of
2/3 to 3/2 is in the length band. The proxy counts a paraphrase that the matching does not see as unsupported, so it
is stricter than a reader of free text.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from medscribe_core.checks.contradictions import contradictions
from medscribe_core.evaluation.agreement import self_contradictions
from medscribe_core.evaluation.comparison import NoteComparison
from medscribe_core.evaluation.text_flaws import SPECIAL_SYMBOL, note_repetitions, note_truncations
from medscribe_core.facts.extraction import NoteFact
from medscribe_core.schema import LIST_SECTIONS, SoapNote

LENGTH_BAND = (2 / 3, 3 / 2)
MINOR_UNSUPPORTED = 0.1
MINOR_OMITTED = 0.2
_MAJOR_OMITTED = frozenset(["complaint", "diagnosis", "medication", "plan"])
_MAJOR_UNSUPPORTED = _MAJOR_OMITTED | {"demographics", "vital", "result"}

#: The criteria by name, each as what an accepted note satisfies.
RUBRIC = {
    "major_contradiction": "No fact says something else than the reference: negation, side, drug, dose, status.",
    "major_unsupported": "No complaint, diagnosis, drug, plan item, vital or result that the reference does not have.",
    "major_omission": "Every complaint, diagnosis, drug, allergy and plan item of the reference is there.",
    "minor_unsupported": "At most one in ten of the note's facts is a detail that the reference does not have.",
    "minor_omission": "At most one in five of the reference's facts is a detail that the note leaves out.",
    "structure": "Five sections, every statement in its own one, nothing repeated, broken off or unreadable.",
    "agreement": "Assessment and plan agree, and the note does not contradict itself.",
    "length": "Between two thirds and one and a half times as long as the reference.",
}


def failed_criteria(comparison: NoteComparison) -> tuple[str, ...]:
    """Names of the criteria of RUBRIC that the generated note fails, in their order; empty: accepted."""
    gold, guess, match = comparison.gold, comparison.guess, comparison.match
    conflicts = {conflict.predicted: conflict.kind for conflict in match.conflicts}
    invented = [j for j in match.unsupported if j not in conflicts]
    grave = [j for j, kind in conflicts.items() if kind != "wording" or _major_unsupported(guess[j])]
    slight = len(conflicts) - len(grave) + sum(not _major_unsupported(guess[j]) for j in invented)
    missed = [gold[i] for i in match.missed]
    low, high = LENGTH_BAND
    fails = {
        "major_contradiction": bool(grave),
        "major_unsupported": any(_major_unsupported(guess[j]) for j in invented),
        "major_omission": any(map(_major_omitted, missed)),
        "minor_unsupported": slight > MINOR_UNSUPPORTED * len(guess),
        "minor_omission": sum(not _major_omitted(fact) for fact in missed) > MINOR_OMITTED * len(gold),
        "structure": not _structure_is_right(comparison),
        "agreement": not _agrees_with_itself(comparison),
        "length": not low <= comparison.length_ratio <= high,
    }
    return tuple(criterion for criterion in RUBRIC if fails[criterion])


def _major_unsupported(fact: NoteFact) -> bool:
    return fact.kind in _MAJOR_UNSUPPORTED or bool(fact.wording.drugs)


def _major_omitted(fact: NoteFact) -> bool:
    return fact.kind in _MAJOR_OMITTED or "allerg" in fact.core.lower()


def _structure_is_right(comparison: NoteComparison) -> bool:
    note = comparison.generated
    texts = note.sections().values()
    return (
        all(text.strip() for text in texts)
        and not any(SPECIAL_SYMBOL.search(text) for text in texts)
        and all(placement.belongs is placement.stands for placement in comparison.placed)
        and next(note_truncations(note), None) is None
        and next(note_repetitions(note), None) is None
    )


def _agrees_with_itself(comparison: NoteComparison) -> bool:
    """No contradiction within the note that its reference does not have too; no problems without a plan, or a plan
    without problems, unless the reference is so."""
    if _disagreements(comparison.generated, comparison.guess) - _disagreements(comparison.reference, comparison.gold):
        return False
    has_problems, has_plan, should_have_problems, should_have_plan = (
        any(fact.section is section for fact in facts)
        for facts in (comparison.guess, comparison.gold)
        for section in LIST_SECTIONS
    )
    return has_problems == has_plan or (has_problems, has_plan) == (should_have_problems, should_have_plan)


def _disagreements(note: SoapNote, facts: Sequence[NoteFact]) -> set[Hashable]:
    return {*contradictions(note), *self_contradictions(facts)}
