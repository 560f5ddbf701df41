"""Write every visit with every writer in turn, in one run, and keep what each note cost and how good it is."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from medscribe_core.benchmarking.results import Writer
from medscribe_core.benchmarking.writers import options
from medscribe_core.context import build_context
from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.errors import InputError
from medscribe_core.evaluation.comparison import compare_notes
from medscribe_core.evaluation.metrics import score_note
from medscribe_core.generated import GeneratedNote
from medscribe_core.schema import Encounter
from medscribe_core.tokenizer import ClinicalTokenizer


class EngineLike(Protocol):
    """What a benchmark needs of an engine; a NoteEngine that caches no contexts is one."""

    tokenizer: ClinicalTokenizer

    def generate(self, encounter: Encounter, **options: Any) -> GeneratedNote:
        """Write the note of ``encounter``."""


@dataclass(frozen=True)
class Measurement:
    """One note: milliseconds by stage, forward passes, positions computed, tokens written, and its quality.

    ``quality`` is the row of ``NoteScores.as_row``; None where there is no reference note.
    """

    visit_id: str
    writer: str
    context_tokens: int
    note_tokens: int
    passes: int
    position_visits: int
    timings: dict[str, float]
    quality: dict[str, Any] | None


@dataclass
class Measurements:
    """All notes of a run, by writer the visits that have none with the reason, and CPU seconds a second meanwhile."""

    notes: list[Measurement] = field(default_factory=list)
    failures: dict[str, dict[str, str]] = field(default_factory=dict)
    cpu_use: float | None = None

    def of(self, writer: str) -> list[Measurement]:
        """The notes of one writer, in the visits' order."""
        return [note for note in self.notes if note.writer == writer]


def warm_up(
    engine: EngineLike, encounters: Iterable[Encounter], writers: Sequence[Writer], advance: Callable[[], None]
) -> None:
    """Write notes that are not counted: the first ones compile the kernels of their shapes."""
    for encounter in encounters:
        for writer in writers:
            with suppress(InputError):
                engine.generate(encounter, **options(writer))
            advance()


def measure(
    engine: EngineLike, visits: Sequence[AuthoredEncounter], writers: Sequence[Writer], advance: Callable[[], None]
) -> Measurements:
    """Write each visit with every writer before the next visit; who begins changes from visit to visit.

    Whatever slows the machine for a while so slows all writers alike.
    """
    measured = Measurements()
    began, used = time.perf_counter(), time.process_time()
    for index, visit in enumerate(visits):
        turn = index % len(writers)
        tokens = len(build_context(visit.encounter, engine.tokenizer).ids)
        for writer in (*writers[turn:], *writers[:turn]):
            try:
                generated, timings = timed_note(engine, visit.encounter, writer)
            except InputError as error:
                measured.failures.setdefault(writer.key, {})[visit.id] = str(error)
            else:
                row = {"id": visit.id, **score_note(compare_notes(visit.note, generated.note)).as_row()}
                measured.notes.append(_measurement(visit.id, writer, tokens, generated, timings, row))
            advance()
    measured.cpu_use = round((time.process_time() - used) / (time.perf_counter() - began), 3)
    return measured


def measure_lengths(
    engine: EngineLike, encounters: Sequence[Encounter], writer: Writer, advance: Callable[[], None]
) -> list[Measurement]:
    """Time the notes of encounters without a reference note."""
    notes = []
    for encounter in encounters:
        tokens = len(build_context(encounter, engine.tokenizer).ids)
        try:
            generated, timings = timed_note(engine, encounter, writer)
        except InputError:
            continue  # a few turns may hold too little to be a transcript
        finally:
            advance()
        notes.append(_measurement(encounter.encounter_id, writer, tokens, generated, timings, None))
    return notes


def timed_note(engine: EngineLike, encounter: Encounter, writer: Writer) -> tuple[GeneratedNote, dict[str, float]]:
    """A note and its milliseconds by stage, with ``response`` (the answer of CLI and API as text) in the total."""
    generated = engine.generate(encounter, **options(writer))
    mark = time.perf_counter()
    json.dumps(generated.to_response(), ensure_ascii=False)
    response = (time.perf_counter() - mark) * 1000.0
    stages = {stage: ms for stage, ms in generated.timings.items() if stage != "total"}
    return generated, {**stages, "response": response, "total": generated.timings["total"] + response}


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _measurement(
    visit_id: str,
    writer: Writer,
    context_tokens: int,
    generated: GeneratedNote,
    timings: dict[str, float],
    quality: dict[str, Any] | None,
) -> Measurement:
    return Measurement(
        visit_id=visit_id,
        writer=writer.key,
        context_tokens=context_tokens,
        note_tokens=sum(token.step > 0 for token in generated.trajectory.tokens),
        passes=generated.steps,
        position_visits=generated.position_visits,
        timings=timings,
        quality=quality,
    )
