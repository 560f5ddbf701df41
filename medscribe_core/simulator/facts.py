"""What a simulated visit consists of: turns that are said and facts that a note states."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from medscribe_core.schema import PatientContext, Section, SoapNote

#: Kinds of fact, in no particular order.
KINDS = (
    "complaint",
    "symptom_present",
    "symptom_absent",
    "attribute",
    "history",
    "medication",
    "allergy",
    "vital",
    "finding",
    "result",
    "diagnosis",
    "plan",
)

STYLES = ("labels_doctor_patient", "labels_short", "bracket_lower", "asr_raw", "dictation", "caregiver")


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance. ``speaker`` is doctor, patient, caregiver or nurse."""

    speaker: str
    text: str


@dataclass(slots=True)
class Fact:
    """One thing that the note states, and where it was said.

    ``statement`` stands verbatim in ``section`` of the written note. ``evidence`` holds
    (turn index, start, end) character spans within the turns' texts; it is empty for facts that
    come from the patient context alone. ``requires`` lists the turns that must be at hand for the
    evidence to be understood (a question and its answer).
    """

    kind: str
    concept: str
    section: Section
    statement: str
    values: dict[str, str] = field(default_factory=dict)
    evidence: list[tuple[int, int, int]] = field(default_factory=list)
    requires: list[int] = field(default_factory=list)

    def unsaid(self) -> Fact:
        """The same fact without its evidence."""
        return replace(self, values=dict(self.values), evidence=[], requires=[])


@dataclass(slots=True)
class SimulatedVisit:
    """A visit: facts in the order in which they were said, those of the context alone last."""

    patient_context: PatientContext
    turns: list[Turn]
    facts: list[Fact]
    scenario: str
    complaint: str
    coherent: bool
    split: str = "train"
    caregiver: str = ""  # who speaks for the patient ("Mother"), or empty
    sex: str = "F"  # of the patient, also where the context does not give it


@dataclass(slots=True)
class RenderedVisit:
    """A visit as text. ``spans[i]`` are the (start, end) offsets of ``facts[i]`` in the transcript."""

    transcript: str
    facts: list[Fact]
    spans: list[list[tuple[int, int]]]
    note: SoapNote
    style: str
