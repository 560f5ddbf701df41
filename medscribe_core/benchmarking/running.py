"""One benchmark from visits to result: warm-up, interleaved notes, lengths, profile, computed costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from medscribe_core.benchmarking.measuring import Measurements, measure, measure_lengths, peak_memory, warm_up
from medscribe_core.benchmarking.model_costs import preset_costs
from medscribe_core.benchmarking.profiling import profile
from medscribe_core.benchmarking.results import BenchmarkResult, LengthCurve, Throughput, Writer, WriterResult
from medscribe_core.benchmarking.summary import budget, length_curve, ratios, writer_result
from medscribe_core.benchmarking.visits import of_length
from medscribe_core.checks.request import DIFFUSION
from medscribe_core.corpora import AuthoredEncounter
from medscribe_core.engine import NoteEngine
from medscribe_core.evaluation.provenance import commit, describe_machine
from medscribe_core.evaluation.results import EvaluatedData
from medscribe_core.schema import Encounter

_NOT_BATCHED = "The engine writes one note at a time on all threads; notes are not batched."


@dataclass(frozen=True)
class Plan:
    """What is run.

    Attributes:
        writers: every visit is written by each of them in turn; the first one is profiled and timed by length.
        warm_up: notes of each writer that are not counted.
        length_visits: visits from which encounters of wanted lengths are made.
        profiled: notes that are written with timers; 0 for none.
        price_per_hour: of the machine, in any currency; None leaves the cost of a note open.
    """

    writers: Sequence[Writer]
    warm_up: int = 10
    length_visits: int = 13
    profiled: int = 0
    price_per_hour: float | None = None


def run_benchmark(
    engine: NoteEngine,
    visits: Sequence[AuthoredEncounter],
    data: EvaluatedData,
    plan: Plan,
    settings: dict[str, Any],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BenchmarkResult:
    """Measure ``plan`` on ``visits``; ``settings`` are the options as they were given.

    Args:
        engine: must not cache contexts, so that every note pays for its own.
        progress: is called with (done, all) notes.

    Raises:
        ModelFilesError: a writer's model is not there.
        ValueError: the engine caches contexts.
    """
    if engine.cache.capacity:
        raise ValueError("A benchmark needs an engine that caches no contexts.")
    first, writers = plan.writers[0], plan.writers
    weights = {model: engine.weights_of(model) for model in dict.fromkeys(writer.model for writer in writers)}
    encounters = [visit.encounter for visit in visits]
    lengths = list(of_length(visits[: plan.length_visits], engine.tokenizer))
    profiled = encounters[: plan.profiled]
    total = (plan.warm_up + len(visits)) * len(writers) + len(lengths) + len(profiled)
    done = itertools.count(1)

    def advance() -> None:
        progress(next(done), total)

    warm_up(engine, list(itertools.islice(itertools.cycle(encounters), plan.warm_up)), writers, advance)
    measured = measure(engine, visits, writers, advance)
    results = {writer.key: writer_result(writer, measured, plan.price_per_hour) for writer in writers}
    return BenchmarkResult(
        data=data,
        settings=settings,
        weights=weights,
        commit=commit(),
        machine=describe_machine() | {"dtype": str(engine.dtype).removeprefix("torch.")},
        writers=results,
        ratios=ratios(writers, measured),
        budget=budget(measured.of(first.key)) if first.model == DIFFUSION else [],
        lengths=_length_curves(engine, lengths, first, advance),
        throughput=_throughput(results[first.key]),
        profile=profile(engine, profiled, first, advance) if profiled else None,
        peak_memory_bytes=peak_memory(),
        cpu_use=measured.cpu_use,
        price_per_hour=plan.price_per_hour,
        presets=preset_costs(),
        visits=_rows(visits, measured),
    )


def _length_curves(
    engine: NoteEngine, encounters: Sequence[Encounter], writer: Writer, advance: Callable[[], None]
) -> list[LengthCurve]:
    notes = measure_lengths(engine, encounters, writer, advance)
    writing = ["denoise" if writer.model == DIFFUSION else "write"]
    curves = (
        length_curve(writer, notes, "context tokens", ["encode", "adapt"]),
        length_curve(writer, notes, "context tokens", ["total"]),
        length_curve(writer, notes, "note tokens", writing),
        length_curve(writer, notes, "note tokens", ["total"]),
    )
    return [curve for curve in curves if curve is not None]


def _throughput(result: WriterResult) -> Throughput | None:
    if result.notes_per_second is None:
        return None
    return Throughput(
        writer=result.writer.key, batched=False, batch_sizes={1: result.notes_per_second}, remark=_NOT_BATCHED
    )


def _rows(visits: Sequence[AuthoredEncounter], measured: Measurements) -> list[dict[str, Any]]:
    """A row a visit, without any text."""
    rows: dict[str, dict[str, Any]] = {visit.id: {"id": visit.id} for visit in visits}
    for note in measured.notes:
        rows[note.visit_id]["context_tokens"] = note.context_tokens
        rows[note.visit_id][note.writer] = {
            "total_ms": round(note.timings["total"], 3),
            "note_tokens": note.note_tokens,
            "passes": note.passes,
        }
    return list(rows.values())
