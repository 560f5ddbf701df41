"""Fixtures shared by the tests."""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import settings

from medscribe_core.generated import GeneratedNote, Trajectory, TrajectoryToken
from medscribe_core.schema import NOTE_SECTIONS, Encounter, Section, SoapNote

# How fast a machine is must not decide a test.
settings.register_profile("medscribe", deadline=None)
settings.load_profile("medscribe")

FAKE_NOTE = SoapNote(
    hpi="29-year-old woman presents with cough for 5 days. She denies dyspnea and takes ibuprofen 200 mg as needed.",
    ros="Positive for cough, rhinorrhea. Negative for dyspnea, chest pain.",
    exam="Vitals: HR 82, Temp 98.9 F, SpO2 99%. Lungs: clear to auscultation, no wheezing.",
    assessment="1. Viral upper respiratory infection, new. 2. Mild insomnia.",
    plan="1. Saline rinse twice daily. 2. Ibuprofen 400 mg every 6 hours as needed. 3. Follow up in 10 days.",
)

_CONFIDENCES = (0.99, 0.99, 0.98, 0.97, 0.97, 0.9, 0.8, 0.6, 0.3)


def scattered_trajectory(note: SoapNote, steps: int) -> Trajectory:
    """Commits the pieces of ``note`` in a fixed scattered order."""
    draw = random.Random(7)
    tokens = [
        TrajectoryToken(section.value, piece, draw.randint(1, steps), draw.choice(_CONFIDENCES))
        for section, text in note.sections().items()
        for piece in re.findall(r" ?\w{1,7}| ?[^\w ]", text)
    ]
    return Trajectory(tokens, steps)


@dataclass
class FakeEngine:
    """Answers every visit with the same note, without weights; remembers what it was called with.

    ``error`` is raised instead of an answer; ``gate`` holds the answer back until it is set.
    """

    calls: list[Encounter] = field(default_factory=list)
    answers: list[GeneratedNote] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    given: set[Section] = field(default_factory=set)
    error: Exception | None = None
    gate: threading.Event | None = None

    def generate(self, encounter: Encounter, **options: object) -> GeneratedNote:
        self.calls.append(encounter)
        if self.gate is not None:
            assert self.gate.wait(timeout=20)
        if self.error is not None:
            raise self.error
        timings = {"prepare": 3.5, "encode": 88.0, "denoise": 240.5, "decode": 0.9, "total": 333.0}
        answer = GeneratedNote(
            note_id=f"note-{len(self.calls)}",
            note=FAKE_NOTE,
            confidence=dict(zip(NOTE_SECTIONS, (0.934, 0.97, 0.88, 0.91, 0.62), strict=True)),
            given=frozenset(self.given),
            timings=timings,
            steps=12,
            model="diffusion",
            warnings=list(self.warnings),
            trajectory=scattered_trajectory(FAKE_NOTE, steps=12),
        )
        self.answers.append(answer)
        return answer


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Replaces the engine of the app for one test."""
    engine = FakeEngine()
    monkeypatch.setattr("medscribe_core.ui.state.get_engine", lambda: engine)
    return engine
