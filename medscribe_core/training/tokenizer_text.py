"""The text that the tokenizer learns from: normalised speech and notes, never held-out phrasing."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from medscribe_core.normalise import normalise
from medscribe_core.schema import SoapNote
from medscribe_core.simulator import training_example
from medscribe_core.training.stream import read_encounters

#: Authored visits are few and real: each counts this many times.
_AUTHORED_WEIGHT = 4


def tokenizer_texts(visits: int, seed: int, authored: Sequence[Path] = ()) -> Iterator[str]:
    """Turns and note sections of ``visits`` simulated visits and of authored encounters, one a string."""
    for encounter in read_encounters(authored):
        for _ in range(_AUTHORED_WEIGHT):
            yield from _lines(encounter.transcript, encounter.note)
    rng = random.Random(f"tokenizer-{seed}")
    for _ in range(visits):
        visit = training_example(rng, "train", excerpt_probability=0.0)
        yield normalise(visit["patient_context"].as_line()).text
        yield from _lines(visit["transcript"], visit["note"])


def _lines(transcript: str, note: SoapNote) -> Iterator[str]:
    # A leading space, as the tokenizer writes before every text.
    for line in (*normalise(transcript).text.split("\n"), *note.sections().values()):
        if line.strip():
            yield f" {line}"
