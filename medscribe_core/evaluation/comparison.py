"""A generated note laid beside its reference: what every figure, verdict and error is read from."""

from __future__ import annotations

from dataclasses import dataclass

from medscribe_core.evaluation.matching import FactMatch, match_facts
from medscribe_core.evaluation.section_f1 import Placement, placements
from medscribe_core.facts.extraction import NoteFact, extract_facts
from medscribe_core.schema import SoapNote


@dataclass(frozen=True)
class NoteComparison:
    """The facts of both notes, how they match, and where the generated statements stand.

    ``match`` holds indices into ``gold`` (the reference's facts) and ``guess`` (the generated note's).
    """

    reference: SoapNote
    generated: SoapNote
    gold: list[NoteFact]
    guess: list[NoteFact]
    match: FactMatch
    placed: list[Placement]

    @property
    def length_ratio(self) -> float:
        """Generated words over reference words."""
        words, reference_words = (
            sum(len(text.split()) for text in note.sections().values()) for note in (self.generated, self.reference)
        )
        return words / max(reference_words, 1)


def compare_notes(reference: SoapNote, generated: SoapNote) -> NoteComparison:
    """Lay ``generated`` beside ``reference``."""
    gold, guess = extract_facts(reference), extract_facts(generated)
    return NoteComparison(reference, generated, gold, guess, match_facts(gold, guess), placements(generated, reference))
