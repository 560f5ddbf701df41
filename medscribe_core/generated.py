"""What a generation returns: the note, how sure the model was, how long it took, how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field

from medscribe_core.checks.certainty import Withheld
from medscribe_core.schema import NOTE_SECTIONS, Section, SoapNote


@dataclass(frozen=True)
class TrajectoryToken:
    """One note position: its text (with a leading space where one belongs), when and how surely it was committed.

    ``step`` is 1-based; 0 marks text that was given.
    """

    section: str
    text: str
    step: int
    confidence: float


@dataclass(frozen=True)
class Trajectory:
    """Every token of a note in note order: all that an animation needs."""

    tokens: list[TrajectoryToken]
    steps: int

    def to_payload(self) -> dict[str, object]:
        """JSON-ready: ``{"steps", "sections": [{"id", "title", "tokens": [[text, step, confidence], ...]}]}``."""
        return {
            "steps": self.steps,
            "sections": [
                {
                    "id": section.value,
                    "title": section.title,
                    "tokens": [
                        [token.text, token.step, round(token.confidence, 3)]
                        for token in self.tokens
                        if token.section == section.value
                    ],
                }
                for section in NOTE_SECTIONS
            ],
        }


@dataclass(frozen=True)
class Rated:
    """A statement that was written, withheld or not, and how sure the model is of it, 0 to 1."""

    section: Section
    text: str
    sure: float


@dataclass(frozen=True)
class GeneratedNote:
    """A written note.

    Attributes:
        confidence: mean confidence of the tokens of each section, 0 to 1; 1 for given sections.
        timings: milliseconds by stage and in ``total``.
        steps: forward passes used: denoising steps, or one a token and section of the autoregressive model.
        warnings: sentences for the user.
        withheld: statements that were left out of the note because the model was unsure of them.
        statements: all that were written, in note order.
        position_visits: note positions that were computed over all passes, those of the check and padding included.
    """

    note_id: str
    note: SoapNote
    confidence: dict[Section, float]
    timings: dict[str, float]
    steps: int
    model: str
    warnings: list[str]
    trajectory: Trajectory
    given: frozenset[Section] = field(default_factory=frozenset)
    withheld: list[Withheld] = field(default_factory=list)
    statements: list[Rated] = field(default_factory=list)
    position_visits: int = 0

    @property
    def all_warnings(self) -> list[str]:
        """The warnings and a sentence for every statement that was withheld."""
        return [*self.warnings, *(withheld.sentence for withheld in self.withheld)]

    def to_response(self) -> dict[str, object]:
        """The response object of CLI and API."""
        return {
            "note_id": self.note_id,
            "sections": {section.value: text for section, text in self.note.sections().items()},
            "confidence_scores": {section.value: round(c, 4) for section, c in self.confidence.items()},
            "generation_time_ms": round(self.timings["total"], 1),
            "timings": {stage: round(ms, 1) for stage, ms in self.timings.items()},
            "denoising_steps_used": self.steps,
            "model": self.model,
            "warnings": self.all_warnings,
        }
