"""Figures of one note against its reference."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from medscribe_core.evaluation.acceptance import failed_criteria
from medscribe_core.evaluation.comparison import NoteComparison
from medscribe_core.evaluation.rouge import compute_rouge
from medscribe_core.evaluation.section_f1 import macro_f1, section_counts
from medscribe_core.evaluation.text_flaws import SPECIAL_SYMBOL, note_truncations, repetition_rate


@dataclass(frozen=True)
class NoteScores:
    """Counts and figures of one generated note.

    ``captured`` of the ``reference_facts`` are in the note. ``conflicts`` counts the contradicted facts by what
    differs. ``section_counts`` is (5, 3), see ``section_f1``. ``repetition`` is the share of 4-grams of words that
    occurred before in the same note; ``empty_sections`` have no text at all; ``length_ratio`` is generated words
    over reference words; ``failed_criteria`` are those of the acceptance proxy.
    """

    reference_facts: int
    predicted_facts: int
    captured: int
    conflicts: dict[str, int]
    statements: int
    misplaced: int
    section_counts: np.ndarray
    rouge: dict[str, float]
    length_ratio: float
    empty_sections: int
    special_symbols: int
    repetition: float
    truncated: int
    failed_criteria: tuple[str, ...]
    facts_by_kind: dict[str, tuple[int, int, int]]

    @property
    def contradicted(self) -> int:
        """Predicted facts that contradict a reference fact."""
        return sum(self.conflicts.values())

    @property
    def unsupported(self) -> int:
        """Predicted facts that match no reference fact, contradicted ones included."""
        return self.predicted_facts - self.captured

    @property
    def accepted(self) -> bool:
        """The note passes the acceptance proxy."""
        return not self.failed_criteria

    def as_row(self) -> dict[str, Any]:
        """The figures of this note, JSON-ready: the row of a result file, from which all others are made.

        No note text. ``facts_by_kind`` maps a kind to reference, predicted and captured facts.
        """
        return {
            "reference_facts": self.reference_facts,
            "predicted_facts": self.predicted_facts,
            "captured": self.captured,
            "unsupported": self.unsupported,
            "contradicted": self.contradicted,
            "conflicts": self.conflicts,
            "statements": self.statements,
            "misplaced": self.misplaced,
            "section_counts": self.section_counts.astype(int).tolist(),
            "section_f1": round(float(macro_f1(self.section_counts)), 6),
            **{kind: round(value, 6) for kind, value in self.rouge.items()},
            "length_ratio": round(self.length_ratio, 6),
            "empty_sections": self.empty_sections,
            "special_symbols": self.special_symbols,
            "repetition": round(self.repetition, 6),
            "truncated": self.truncated,
            "accepted": self.accepted,
            "failed_criteria": list(self.failed_criteria),
            "facts_by_kind": {kind: list(counts) for kind, counts in self.facts_by_kind.items()},
        }


def score_note(comparison: NoteComparison) -> NoteScores:
    """Score one generated note."""
    gold, guess, match = comparison.gold, comparison.guess, comparison.match
    generated = comparison.generated
    texts = list(generated.sections().values())
    matched_kinds = Counter(gold[i].kind for i, _ in match.pairs)
    gold_kinds, guess_kinds = Counter(fact.kind for fact in gold), Counter(fact.kind for fact in guess)
    return NoteScores(
        reference_facts=len(gold),
        predicted_facts=len(guess),
        captured=len(match.pairs),
        conflicts=dict(Counter(conflict.kind for conflict in match.conflicts)),
        statements=len(comparison.placed),
        misplaced=sum(placement.confused for placement in comparison.placed),
        section_counts=section_counts(comparison.reference, comparison.placed),
        rouge=compute_rouge(generated, comparison.reference),
        length_ratio=comparison.length_ratio,
        empty_sections=sum(not text.strip() for text in texts),
        special_symbols=sum(len(SPECIAL_SYMBOL.findall(text)) for text in texts),
        repetition=repetition_rate(" ".join(texts).split()),
        truncated=sum(1 for _ in note_truncations(generated)),
        failed_criteria=failed_criteria(comparison),
        facts_by_kind={
            kind: (gold_kinds[kind], guess_kinds[kind], matched_kinds[kind])
            for kind in sorted(gold_kinds | guess_kinds)
        },
    )
