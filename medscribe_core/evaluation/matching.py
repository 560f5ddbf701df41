"""Which predicted facts say the same as a reference fact, and which contradict one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from medscribe_core.facts.extraction import NoteFact, status_trend
from medscribe_core.facts.wording import (
    FREQUENCIES,
    conflicting_qualifiers,
    conflicting_quantities,
    same_polarity,
    same_qualifiers,
    same_quantities,
    token_f1,
)

#: Full sentences may be worded more freely than items of a list.
SENTENCE_F1 = 0.7
ITEM_F1 = 0.8
_SENTENCE_KINDS = frozenset(["history", "medication", "cause", "plan"])

#: In what two statements about the same thing disagree. ``dose`` is a number or frequency beside a drug, ``number``
#: any other number, ``wording`` an exclusive pair such as mild and severe.
CONFLICT_KINDS = ("negation", "side", "drug", "dose", "number", "status", "action", "wording")
_NEGATING = frozenset(["positive", "negative", "present", "absent", "normal", "abnormal"])
_STATUS_WORDS = frozenset(["worsening", "improving", "stable", "resolved"])


@dataclass(frozen=True)
class Conflict:
    """Predicted fact number ``predicted`` contradicts reference fact number ``reference`` (see CONFLICT_KINDS)."""

    predicted: int
    reference: int
    kind: str


@dataclass(frozen=True)
class FactMatch:
    """The outcome for one note: index pairs (reference, predicted) and the leftovers by index.

    ``conflicts`` has one entry for each of ``unsupported`` that nearly repeats a reference fact with a different
    number, drug, side, polarity, status or action (:func:`conflict_kind`).
    """

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    unsupported: tuple[int, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def contradicted(self) -> tuple[int, ...]:
        """The predicted facts that contradict a reference fact."""
        return tuple(conflict.predicted for conflict in self.conflicts)


def match_facts(reference: Sequence[NoteFact], predicted: Sequence[NoteFact]) -> FactMatch:
    """Match one to one, the most similar pairs first; ties go to the earlier fact.

    A pair matches when both facts have the same section and kind, their words agree (identical, or token F1
    of at least 0.8 for list items and 0.7 for sentences) and every attribute agrees. A fact said twice
    matches once.
    """
    candidates = []
    for i, gold in enumerate(reference):
        for j, guess in enumerate(predicted):
            if _comparable(gold, guess):
                similarity = token_f1(gold.wording.all_tokens, guess.wording.all_tokens)
                identical = gold.core.lower() == guess.core.lower()
                if (identical or similarity >= _threshold(gold)) and agree(gold, guess):
                    candidates.append((-(similarity + identical), i, j))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(candidates):
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    unsupported = tuple(j for j in range(len(predicted)) if j not in taken)
    conflicts = (_first_conflict(reference, j, predicted[j]) for j in unsupported)
    return FactMatch(
        pairs=tuple(sorted(pairs.items())),
        missed=tuple(i for i in range(len(reference)) if i not in pairs),
        unsupported=unsupported,
        conflicts=tuple(conflict for conflict in conflicts if conflict),
    )


def says(statement: str, fact: NoteFact) -> bool:
    """Whether a statement of the note that ``fact`` was found in has the fact, or is a part of it."""
    own, text = (" ".join(words.split()).strip(" .,;") for words in (statement, fact.text))
    return bool(own) and (text in own or own in text)


def agree(a: NoteFact, b: NoteFact) -> bool:
    """The same numbers, drugs, side, negation, polarity, status, action and qualifiers."""
    return (
        a.polarity == b.polarity
        and a.status == b.status
        and (not a.action or not b.action or a.action == b.action)
        and a.wording.drugs == b.wording.drugs
        and a.wording.sides == b.wording.sides
        and same_quantities(a.wording, b.wording)
        and same_polarity(a.wording, b.wording)
        and same_qualifiers(a.wording, b.wording)
    )


def conflict_kind(reference: NoteFact, predicted: NoteFact) -> str:
    """One of CONFLICT_KINDS when nearly the same words about the same thing say something else, or empty.

    An attribute that one of the two leaves out (no dose, no side, no status) makes the fact unsupported, not
    contradicted. The earliest of CONFLICT_KINDS is named when several differ.
    """
    kind = _disagreement(reference, predicted) if _comparable(reference, predicted) else ""
    if not kind:
        return ""
    # "BP 152/94" and "BP 125/94" have the same topic; two drugs at the same dose nearly the same tokens.
    similarity = max(
        token_f1(reference.wording.topic, predicted.wording.topic),
        token_f1(reference.wording.all_tokens, predicted.wording.all_tokens),
    )
    return kind if similarity >= _threshold(reference) else ""


def _first_conflict(reference: Sequence[NoteFact], index: int, predicted: NoteFact) -> Conflict | None:
    for i, gold in enumerate(reference):
        if kind := conflict_kind(gold, predicted):
            return Conflict(index, i, kind)
    return None


def _disagreement(a: NoteFact, b: NoteFact) -> str:
    drugs_a, drugs_b = a.wording.drugs, b.wording.drugs
    qualifiers = conflicting_qualifiers(a.wording, b.wording)
    of_a_drug = bool(drugs_a | drugs_b)
    found = {
        "negation": a.polarity != b.polarity or not same_polarity(a.wording, b.wording) or bool(qualifiers & _NEGATING),
        "side": bool(a.wording.sides and b.wording.sides and a.wording.sides != b.wording.sides),
        "drug": not (drugs_a <= drugs_b or drugs_b <= drugs_a),
        "dose": of_a_drug and (conflicting_quantities(a.wording, b.wording) or not qualifiers.isdisjoint(FREQUENCIES)),
        "number": not of_a_drug and conflicting_quantities(a.wording, b.wording),
        "status": {status_trend(a.status), status_trend(b.status)} == {"good", "bad"}
        or bool(qualifiers & _STATUS_WORDS),
        "action": bool(a.action and b.action and a.action != b.action),
        "wording": bool(qualifiers),
    }
    return next((kind for kind in CONFLICT_KINDS if found[kind]), "")


def _comparable(a: NoteFact, b: NoteFact) -> bool:
    return a.section is b.section and a.kind == b.kind and a.system == b.system


def _threshold(fact: NoteFact) -> float:
    return SENTENCE_F1 if fact.kind in _SENTENCE_KINDS else ITEM_F1
